package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wirechief/wirechief/bench/ua"
)

// Memory is the resident memory of the engine's process for each call, garbage included; kernel sockets are apart.
type Memory struct {
	Bridged, Waiting       int
	PerBridged, PerWaiting int64 // bytes
	Base                   int64 // RSS before
	Busy                   float64
}

// memorySettle is how long audio flows before memory is read.
const memorySettle = 3 * time.Second

// Memory bridges as many recorded calls as there are agents, with audio both ways, then lets others wait.
func (r *Rig) Memory(ctx context.Context, waiting int) (m Memory, err error) {
	m.Bridged, m.Waiting = r.Site.Agents, waiting
	audio, err := newAudio()
	if err != nil {
		return m, err
	}
	defer audio.close()
	r.hold.Store(nil)
	r.sdp.Store(&[2]string{ua.Offer(audio.side[0].addr), ua.Offer(audio.side[1].addr)})
	rung := func(x ua.Rung) { audio.to(1, x.Media) }
	r.onRing.Store(&rung)
	base, err := r.Usage()
	if err != nil {
		return m, err
	}
	m.Base = base.RSS
	if err := r.up(ctx, m.Bridged, audio); err != nil {
		return m, err
	}
	if err := wait(ctx, memorySettle); err != nil {
		return m, err
	}
	talking, err := r.Usage()
	if err != nil {
		return m, err
	}
	if err := r.up(ctx, waiting, nil); err != nil {
		return m, err
	}
	if err := wait(ctx, memorySettle); err != nil {
		return m, err
	}
	all, err := r.Usage()
	if err != nil {
		return m, err
	}
	m.PerBridged = (talking.RSS - base.RSS) / int64(m.Bridged)
	m.PerWaiting = (all.RSS - talking.RSS) / int64(waiting)
	m.Busy = float64(all.CPU-talking.CPU) / float64(all.At.Sub(talking.At))
	r.onRing.Store(nil)
	return m, r.settle(20 * time.Second)
}

// up dials calls and waits until each is connected, to an agent or to the music.
func (r *Rig) up(ctx context.Context, n int, audio *audio) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	first := r.book.count()
	for range n {
		r.dial(time.Now().UnixNano())
		if err := wait(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
	for _, e := range r.book.from(first) {
		select {
		case <-e.call.Answered():
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d calls to connect: %w", n, ctx.Err())
		}
		res := e.call.Result()
		if res.Final != 200 {
			return fmt.Errorf("%w: a call got %d", errNotConnected, res.Final)
		}
		if audio != nil {
			audio.to(0, res.Media)
		}
	}
	return nil
}

var errNotConnected = errors.New("not connected")

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
