package transport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"github.com/wirechief/wirechief/sip/leg"
)

// Transport is the set of sockets of one endpoint.
type Transport struct {
	cfg   Config
	Stats Stats

	udp       []*udpGroup
	listeners []*net.TCPListener
	addrs     []Bound

	ctx    context.Context //nolint:containedctx // ends dials on Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	closed bool                     // guarded by mu
	flows  map[string]*conn         // guarded by mu
	byAddr map[netip.AddrPort]*conn // newest connection per remote address; guarded by mu
	perIP  map[netip.Addr]int       // guarded by mu
	serial uint64                   // guarded by mu
	boot   string                   // begins the names of this process's flows
}

// Bound is one address listened on.
type Bound struct {
	Network string
	Addr    netip.AddrPort
}

// New makes a Transport without sockets.
func New(cfg Config) *Transport {
	t := &Transport{
		cfg: cfg, flows: map[string]*conn{}, byAddr: map[netip.AddrPort]*conn{}, perIP: map[netip.Addr]int{},
		boot: strconv.FormatUint(rand.Uint64()>>24, 36), //nolint:gosec // no secret
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// Listen opens every socket, then begins to read. On an error nothing stays open.
func (t *Transport) Listen() error {
	for i, addr := range t.cfg.UDP {
		g, err := listenUDP(i, addr, t.cfg.UDPSockets)
		if err != nil {
			return errors.Join(err, t.Close())
		}
		t.udp = append(t.udp, g)
		t.addrs = append(t.addrs, Bound{leg.NetworkUDP, g.local})
	}
	for _, addr := range t.cfg.TCP {
		l, err := listenTCP(addr)
		if err != nil {
			return errors.Join(err, t.Close())
		}
		t.listeners = append(t.listeners, l)
		t.addrs = append(t.addrs, Bound{leg.NetworkTCP, addrPort(l.Addr())})
	}
	for _, g := range t.udp {
		for _, c := range g.conns {
			t.wg.Go(func() { t.readUDP(g, c) })
		}
	}
	for _, l := range t.listeners {
		t.wg.Go(func() { t.accept(l) })
	}
	return nil
}

// Addrs lists what is listened on.
func (t *Transport) Addrs() []Bound { return t.addrs }

// Close closes every socket and waits for their goroutines.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closed = true
	conns := make([]*conn, 0, len(t.flows))
	for _, c := range t.flows {
		conns = append(conns, c)
	}
	t.mu.Unlock()
	t.cancel()
	var errs []error
	for _, g := range t.udp {
		for _, c := range g.conns {
			errs = append(errs, c.Close())
		}
	}
	for _, l := range t.listeners {
		errs = append(errs, l.Close())
	}
	for _, c := range conns {
		c.close()
	}
	t.wg.Wait()
	return errors.Join(errs...)
}

// Send sends one message. Datagrams leave by the socket named by the flow, else by the first of the same address
// family. On streams an existing flow or connection to the address is used, else one is opened while data waits.
// A named flow that is gone is an error if the far end opened it and to.Else is unknown: nobody can be expected to listen
// at the port it came from. One that we opened, in an earlier process perhaps, is opened again. data is kept until it is written.
func (t *Transport) Send(to leg.Dest, data []byte) error {
	switch to.Network {
	case leg.NetworkUDP, "":
		return t.sendUDP(to, data)
	case leg.NetworkTCP:
		return t.sendTCP(to, data)
	default:
		return ErrNoSocket
	}
}

// Prove marks a TCP flow as belonging to someone known: it may then idle longer.
func (t *Transport) Prove(flow string) {
	t.mu.Lock()
	c := t.flows[flow]
	t.mu.Unlock()
	if c != nil {
		c.proven.Store(true)
	}
}

// Conns is the number of open TCP connections.
func (t *Transport) Conns() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.flows)
}

func addrPort(a net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
