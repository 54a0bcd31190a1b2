package sip

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/registrar"
)

// register does the two steps of a phone and returns the last answer and the request it belongs to.
func (te *testEndpoint) register(t *testing.T, p *peer, user, callID, extra string) (answer string, last []byte) {
	t.Helper()
	p.send(registerFor(user, callID, 2*next()+1, extra))
	c := p.receive()
	require.Equal(t, "401", code(c))
	last = registerFor(user, callID, 2*next()+2, extra+authorized(c, user, "secret"))
	p.send(last)
	return p.receive(), last
}

func TestRegisterOverUDP(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerUDP(t, strangers)
	answer, last := te.register(t, p, "alice", "reg", "")
	require.Equal(t, "200", code(answer))
	require.Equal(t, "<sip:alice@127.0.0.9:5090>;expires=600", headerOf(answer, "Contact"))
	change := within(t, te.changes)
	require.Equal(t, registrar.ChangeRegistered, change.Kind)
	require.Equal(t, 1, change.Reachable)

	bindings := te.Lookup("alice")
	require.Len(t, bindings, 1)
	from := p.conn.LocalAddr().String()
	require.Equal(t, from, bindings[0].Dest.Addr.String(), "NAT: where it came from, not the contact")

	p.send(last)
	require.Equal(t, answer, p.receive(), "a retransmission gets the same answer")
	require.EqualValues(t, 1, te.Stats.Registers.Load())

	p.send(request("OPTIONS", "alive", 1, ""))
	require.Equal(t, "200", code(p.receive()), "a registered source is known")
	require.Empty(t, te.Lookup("bob"))
}

func TestNobodyRegistersForAnother(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerUDP(t, strangers)
	p.send(registerFor("bob", "x", 1, ""))
	c := p.receive()
	p.send(registerFor("bob", "x", 2, authorized(c, "alice", "secret")))
	require.Equal(t, "403", code(p.receive()))
	require.Empty(t, te.Lookup("bob"))
}

func TestInviteByRegisteredUserNeedsItsDigest(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerUDP(t, strangers)
	te.register(t, p, "alice", "reg", "")
	p.send(request("INVITE", "out", 1, ""))
	c := p.receive()
	require.Equal(t, "401", code(c))
	p.send(request("ACK", "out", 1, ""))
	p.send(request("INVITE", "out", 2, authorize(c, "INVITE", "sip:100@wirechief.test", "alice", "secret", "00000001")))
	require.Equal(t, "100", code(p.receive()))
	require.Equal(t, Identity{User: "alice"}, within(t, te.desk.invites).id)
}

func TestAClosedFlowMakesTheBindingUnreachable(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerTCP(t, strangers)
	answer, _ := te.register(t, p, "alice", "reg", "")
	require.Equal(t, "200", code(answer))
	require.Equal(t, registrar.ChangeRegistered, within(t, te.changes).Kind)
	dest := te.Lookup("alice")[0].Dest
	require.NoError(t, te.Send(dest, request("OPTIONS", "to-phone", 1, "")))
	require.Contains(t, p.receive(), "OPTIONS")

	require.NoError(t, p.conn.Close())
	change := within(t, te.changes)
	require.Equal(t, registrar.ChangeUnreachable, change.Kind)
	require.Zero(t, change.Reachable)
	require.Empty(t, te.Lookup("alice"))
	require.Error(t, te.Send(dest, []byte("x")), "the far end of a NAT cannot be dialled")
}

// remembered is a store with what an earlier process left.
type remembered struct{ records []registrar.Record }

func (s *remembered) Load() ([]registrar.Record, error) { return s.records, nil }

func (s *remembered) Put(_ registrar.Record, done func(error)) { done(nil) }

// After a restart a phone that stands at its contact's address is called there. If nobody takes the connection, the
// call hears of it at once, and the phone is not tried again.
func TestATCPPhoneIsCalledAfterARestart(t *testing.T) {
	listening, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listening.Close() }()
	refusing, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, refusing.Close())
	var s remembered
	for user, at := range map[string]net.Addr{"alice": listening.Addr(), "bob": refusing.Addr()} {
		s.records = append(s.records, registrar.Record{AOR: user, Bindings: []registrar.Binding{{
			AOR: user, Contact: "sip:" + user + "@" + at.String() + ";transport=tcp",
			Dest:        leg.Dest{Network: leg.NetworkTCP, Addr: netip.MustParseAddrPort("127.0.0.1:40000"), Flow: "old-1"},
			ExpiresAtMs: time.Now().Add(time.Hour).UnixMilli(), GrantedS: 3600,
		}}})
	}
	te := startEndpoint(t, func(c *Config) { c.Store = &s })
	require.NoError(t, te.Send(te.Lookup("alice")[0].Dest, request("INVITE", "to-alice", 1, "")))
	conn, err := listening.Accept()
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	got := make([]byte, 6)
	_, err = io.ReadFull(conn, got)
	require.NoError(t, err)
	require.Equal(t, "INVITE", string(got))

	te.Bind("to-bob", "bob's leg")
	require.NoError(t, te.Send(te.Lookup("bob")[0].Dest, request("INVITE", "to-bob", 1, "")))
	require.Equal(t, "bob's leg", within(t, te.desk.unsent))
	change := within(t, te.changes)
	require.Equal(t, registrar.ChangeUnreachable, change.Kind)
	require.Equal(t, "bob", change.Binding.AOR)
	require.Empty(t, te.Lookup("bob"))
	require.Len(t, te.Lookup("alice"), 1)
}

// slowStore answers when told to.
type slowStore struct{ puts chan func(error) }

func (s *slowStore) Load() ([]registrar.Record, error) { return nil, nil }

func (s *slowStore) Put(_ registrar.Record, done func(error)) { s.puts <- done }

func TestRegistrationIsConfirmedOnlyWhenDurable(t *testing.T) {
	store := &slowStore{puts: make(chan func(error), 8)}
	te := startEndpoint(t, func(c *Config) { c.Store = store })
	p := te.peerUDP(t, strangers)
	p.send(registerFor("alice", "reg", 1, ""))
	c := p.receive()
	last := registerFor("alice", "reg", 2, authorized(c, "alice", "secret"))
	p.send(last)
	done := within(t, store.puts)
	p.quiet("not durable yet")
	p.send(last)
	p.quiet("nor for its retransmission")
	require.Empty(t, te.Lookup("alice"))
	done(nil)
	require.Equal(t, "200", code(p.receive()))
	require.Len(t, te.Lookup("alice"), 1)

	p.send(registerFor("bob", "reg-bob", 1, ""))
	c = p.receive()
	p.send(registerFor("bob", "reg-bob", 2, authorized(c, "bob", "secret")))
	within(t, store.puts)(errors.New("disk full"))
	require.Equal(t, "500", code(p.receive()))
	require.Empty(t, te.Lookup("bob"))
}

// failedStore cannot load.
type failedStore struct{ slowStore }

func (*failedStore) Load() ([]registrar.Record, error) { return nil, errors.New("no") }

func TestStartFailsWithoutTheRegistrations(t *testing.T) {
	e, err := New(Config{UDP: []string{"127.0.0.1:0"}, Handler: &desk{}, Store: &failedStore{}})
	require.NoError(t, err)
	require.ErrorIs(t, e.Start(), registrar.ErrStore)
}

func TestReplyAddressFollowsTheVia(t *testing.T) {
	te := startEndpoint(t, func(c *Config) { c.ForceRport = false })
	p := te.peerUDP(t, trunkIP)
	listener := te.peerUDP(t, trunkIP) // sent-by names its port
	port := netip.MustParseAddrPort(listener.conn.LocalAddr().String()).Port()
	data := request("OPTIONS", "via", 1, "")
	data = bytes.Replace(data, []byte("127.0.0.2;branch"), fmt.Appendf(nil, "host.example:%d;branch", port), 1)
	data = bytes.Replace(data, []byte(";rport"), nil, 1)
	p.send(data)
	require.Equal(t, "200", code(listener.receive()))
	p.quiet("no rport, so not to the source port")
}
