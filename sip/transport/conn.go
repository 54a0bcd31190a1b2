package transport

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

// conn is one TCP connection: a reader, a writer with a bounded queue, and a flow name that is never used again,
// by a later process neither: bindings and dialogs outlive this one, and must not be sent to whoever comes next.
type conn struct {
	t      *Transport
	remote netip.AddrPort
	flow   string
	proven atomic.Bool

	out  chan []byte   // messages to write
	done chan struct{} // closed once the connection is to end
	once sync.Once

	mu sync.Mutex
	nc *net.TCPConn // nil while dialling; guarded by mu
}

// attach gives the record its socket; false if it was closed meanwhile.
func (c *conn) attach(nc *net.TCPConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.done:
		_ = nc.Close()
		return false
	default:
		c.nc = nc
		return true
	}
}

// close ends the connection; its goroutines follow.
func (c *conn) close() {
	c.once.Do(func() {
		c.mu.Lock()
		close(c.done)
		nc := c.nc
		c.mu.Unlock()
		if nc != nil {
			_ = nc.Close()
		}
		c.t.unregister(c)
	})
}

// dial opens an outbound connection, then serves as its writer.
func (c *conn) dial() {
	d := net.Dialer{Timeout: dialTimeout}
	nc, err := d.DialContext(c.t.ctx, "tcp", c.remote.String())
	if err != nil {
		c.t.Stats.DialsFailed.Add(1)
		c.close()
		if c.t.cfg.DialFailed != nil && c.t.ctx.Err() == nil {
			c.t.cfg.DialFailed(c.remote, c.left())
		}
		return
	}
	if !c.attach(nc.(*net.TCPConn)) {
		return
	}
	c.t.Stats.ConnsDialed.Add(1)
	c.t.wg.Go(c.read)
	c.write()
}

// enqueue hands a message to the writer. A full queue means that the peer does not read: the connection is closed.
func (c *conn) enqueue(data []byte) error {
	select {
	case <-c.done:
		return ErrFlowGone
	default:
	}
	select {
	case c.out <- data:
		select {
		case <-c.done: // it may have come too late for left
			return ErrFlowGone
		default:
			return nil
		}
	default:
		c.t.Stats.QueueFull.Add(1)
		c.close()
		return ErrQueueFull
	}
}

// left takes what was not written when the connection ended.
func (c *conn) left() (messages [][]byte) {
	for {
		select {
		case data := <-c.out:
			messages = append(messages, data)
		default:
			return messages
		}
	}
}

func (c *conn) write() {
	for {
		select {
		case <-c.done:
			return
		case data := <-c.out:
			_ = c.nc.SetWriteDeadline(time.Now().Add(writeTimeout))
			n, err := c.nc.Write(data)
			c.t.Stats.BytesOut.Add(uint64(n))
			if err != nil {
				c.t.Stats.WriteErrors.Add(1)
				c.close()
				return
			}
		}
	}
}

// read cuts the stream into messages until it ends, idles too long, or cannot be cut any more.
func (c *conn) read() {
	defer c.close()
	f := wire.NewFramer(c.t.cfg.Limits)
	buf := make([]byte, 8192)
	src := leg.Dest{Network: leg.NetworkTCP, Addr: c.remote, Flow: c.flow}
	var begun time.Time // when the message in hand began
	for {
		_ = c.nc.SetReadDeadline(c.deadline(begun))
		n, err := c.nc.Read(buf)
		c.t.Stats.BytesIn.Add(uint64(n))
		f.Feed(buf[:n])
		for {
			p, ok := f.Next()
			if !ok {
				break
			}
			begun = time.Time{}
			c.t.cfg.Receive(p, src, messageSize(p))
			if p.Fault != nil && p.Fault.Close {
				c.refuse(buf)
				return
			}
		}
		for range f.Pings() {
			c.t.Stats.KeepAlives.Add(1)
			if c.enqueue([]byte("\r\n")) != nil {
				return
			}
		}
		if err != nil {
			c.countEnd(err, f.Pending())
			return
		}
		if !f.Pending() {
			begun = time.Time{}
		} else if begun.IsZero() {
			begun = time.Now()
		}
	}
}

// messageSize only weighs answers against requests on datagrams; on streams the far end is who it says.
func messageSize(p wire.Parsed) int { return len(p.Raw.Body) }

func (c *conn) deadline(begun time.Time) time.Time {
	switch {
	case !begun.IsZero():
		return begun.Add(c.t.cfg.HalfMessage)
	case c.proven.Load():
		return time.Now().Add(c.t.cfg.IdleProven)
	default:
		return time.Now().Add(c.t.cfg.IdleUnproven)
	}
}

func (c *conn) countEnd(err error, pending bool) {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	if pending {
		c.t.Stats.HalfMessageClosed.Add(1)
	} else {
		c.t.Stats.IdleClosed.Add(1)
	}
}

// refuse ends a stream whose message boundary is lost. What still comes in is thrown away for a moment: the answers
// to it and to what came before go out meanwhile, and are not lost in a reset.
func (c *conn) refuse(buf []byte) {
	c.t.Stats.StreamsRefused.Add(1)
	_ = c.nc.SetReadDeadline(time.Now().Add(drainTime))
	for total := 0; total < drainBytes; {
		n, err := c.nc.Read(buf)
		if err != nil {
			return
		}
		total += n
	}
}
