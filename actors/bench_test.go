package actors_test

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

// BenchmarkCalls runs whole calls through one node in this process, 64 at a time, 100 agents, each hung up by the phone
// as soon as it is up. The callers' and phones' own work is in the figure.
func BenchmarkCalls(b *testing.B) {
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{Act: func(string) ua.Behaviour {
		return ua.Behaviour{Talk: time.Millisecond}
	}})
	require.NoError(b, err)
	defer phones.Close()
	center, dir := testCenter(100, phones.Contact), b.TempDir()
	n, err := actors.Start(actors.Settings{
		NodeID: 1, Journal: persistence.Options{Dir: dir + "/journal"},
		SIP: wsip.Config{UDP: []string{"127.0.0.1:0"}},
		Media: media.Config{
			Addr: netip.MustParseAddr("127.0.77.1"), PortMin: 20000, PortMax: 65000, RecordDir: dir + "/rec",
		},
		Center: func(*cc.Center) (*cc.Center, error) { return center, nil },
		Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(b, err)
	defer func() { require.NoError(b, n.Close()) }()
	for i := range 100 {
		require.NoError(b, n.AskAgent(b.Context(), fmt.Sprintf("agent%d", i),
			&cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	}
	callers, err := ua.NewCallers("127.0.0.1:0", sipAddr(n), "b")
	require.NoError(b, err)
	defer callers.Close()
	b.ReportAllocs()
	b.ResetTimer()
	var running sync.WaitGroup
	slots, failed := make(chan struct{}, 64), 0
	var mu sync.Mutex
	for range b.N {
		slots <- struct{}{}
		running.Go(func() {
			c := callers.Dial(testNumber, "+15551234")
			<-c.Ended()
			if c.Result().Final != 200 {
				mu.Lock()
				failed++
				mu.Unlock()
			}
			<-slots
		})
	}
	running.Wait()
	b.StopTimer()
	require.Zero(b, failed)
}

// BenchmarkTimeToRing places one call at a time and reports INVITE out of the caller to INVITE in at the phone.
func BenchmarkTimeToRing(b *testing.B) {
	rung := make(chan time.Time, 1)
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{
		Act:    func(string) ua.Behaviour { return ua.Behaviour{Talk: time.Millisecond} },
		OnRing: func(r ua.Rung) { rung <- r.At },
	})
	require.NoError(b, err)
	defer phones.Close()
	center, dir := testCenter(100, phones.Contact), b.TempDir()
	n, err := actors.Start(actors.Settings{
		NodeID: 1, Journal: persistence.Options{Dir: dir + "/journal"}, SIP: wsip.Config{UDP: []string{"127.0.0.1:0"}},
		Media: media.Config{
			Addr: netip.MustParseAddr("127.0.77.3"), PortMin: 20000, PortMax: 65000, RecordDir: dir + "/rec",
		},
		Center: func(*cc.Center) (*cc.Center, error) { return center, nil },
	})
	require.NoError(b, err)
	defer func() { require.NoError(b, n.Close()) }()
	for i := range 100 {
		require.NoError(b, n.AskAgent(b.Context(), fmt.Sprintf("agent%d", i),
			&cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	}
	callers, err := ua.NewCallers("127.0.0.1:0", sipAddr(n), "r")
	require.NoError(b, err)
	defer callers.Close()
	var took []time.Duration
	for b.Loop() {
		c := callers.Dial(testNumber, "+15551234")
		at := <-rung
		<-c.Ended()
		took = append(took, at.Sub(c.Result().Sent))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}
