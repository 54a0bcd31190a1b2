package desk

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
)

// Codes a WebSocket is closed with, beside those of RFC 6455.
const (
	CloseGoingAway    = websocket.CloseGoingAway       // 1001: connect again
	CloseUnsupported  = websocket.CloseUnsupportedData // 1003: a binary frame
	CloseTryLater     = websocket.CloseTryAgainLater   // 1013: a limit is reached
	CloseUnauthorized = 4401                           // no valid token: refresh it, connect again
	CloseForbidden    = 4403                           // signed out, or no right to be here
	CloseSlow         = 4408                           // fell behind: connect again and resume
)

// Bounds of a session.
const (
	MaxFrame         = 64 << 10
	authWithin       = 5 * time.Second
	pingEverySeconds = 15
	deadAfter        = 35 * time.Second // without a pong or a frame
	maxBehind        = 2 * time.Second  // a frame not written by then ends the session
	snapshotWithin   = 8 * time.Second  // more for a snapshot
	maxQueued        = 512              // frames
	maxQueuedBytes   = 1 << 20          // of frames; a snapshot may be larger
	closeWithin      = time.Second
	commandWithin    = 10 * time.Second
	commandRate      = 20 // a second
	commandBurst     = 60
)

// item is one frame on its way to a client.
type item struct {
	frame    []byte // shared with other sessions when numbered
	prev     uint64
	at       time.Time
	numbered bool
	whole    bool // a snapshot: not counted against maxQueuedBytes
	ping     bool
	close    int // code to close with, after all before it
	why      string
}

// session is one connected client.
type session struct {
	h     *Hub
	conn  *websocket.Conn
	id    string
	from  string // address of the client, as far as proxies may be believed
	phase uint64 // of its pings
	who   atomic.Pointer[auth.Principal]
	rate  *rate.Limiter

	// the hub's own
	viewer Viewer
	last   uint64 // seq of the last numbered frame
	round  uint64

	opened bool // the agent was told; the reader's own

	mu      sync.Mutex
	queue   []item         // guarded by mu
	bytes   int            // guarded by mu
	writing bool           // guarded by mu
	closed  bool           // guarded by mu
	ended   string         // why we closed it, "" when the client did; guarded by mu
	writers sync.WaitGroup // Add under mu while not closed
}

func newSession(h *Hub, conn *websocket.Conn, from string) *session {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return &session{
		h: h, conn: conn, from: from, id: "s-" + hex.EncodeToString(b[:]), phase: uint64(b[0]),
		rate: rate.NewLimiter(commandRate, commandBurst),
	}
}

// push queues a frame and never waits. A client that does not keep up is cut off.
func (s *session) push(it item) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	size := len(it.frame)
	if it.whole {
		size = 0
	}
	if len(s.queue) >= maxQueued || s.bytes+size > maxQueuedBytes {
		s.mu.Unlock()
		s.tooSlow()
		return
	}
	s.queue, s.bytes = append(s.queue, it), s.bytes+size
	s.wakeWriter()
	s.mu.Unlock()
}

// wakeWriter starts the writer unless it runs; s.mu is held.
func (s *session) wakeWriter() {
	if !s.writing {
		s.writing = true
		s.writers.Go(s.write)
	}
}

func (s *session) tooSlow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed, s.queue, s.ended = true, nil, "fell behind"
	s.h.Stats.Slow.Add(1)
	s.h.Stats.Cut.Add(1)
	s.writers.Go(func() { s.sayClose(CloseSlow, "fell behind, resume") })
}

// sayClose writes the close frame and gives the client a moment to answer it; the reader then ends the session.
func (s *session) sayClose(code int, why string) {
	until := time.Now().Add(closeWithin)
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), until)
	_ = s.conn.SetReadDeadline(until)
}

// write empties the queue and ends: an idle client has no writer.
func (s *session) write() {
	since := time.Now()
	for {
		s.mu.Lock()
		batch := s.queue
		s.queue, s.bytes = nil, 0
		if len(batch) == 0 {
			s.writing = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		for i := range batch {
			if err := s.writeOne(&batch[i], &since); err != nil {
				s.tooSlow()
				return
			}
		}
	}
}

var errBehind = errors.New("the client is behind")

// writeOne writes one frame in time. since is when this run of the writer began: it is the client that must not be
// behind, whatever else this machine was busy with before.
func (s *session) writeOne(it *item, since *time.Time) error {
	deadline := it.at.Add(maxBehind)
	if late := since.Add(maxBehind); late.After(deadline) {
		deadline = late
	}
	if it.close != 0 {
		s.sayClose(it.close, it.why)
		return nil
	}
	if it.ping {
		return s.conn.WriteControl(websocket.PingMessage, nil, deadline)
	}
	if it.whole {
		deadline = deadline.Add(snapshotWithin)
		defer func() { *since = time.Now() }()
	}
	if !time.Now().Before(deadline) {
		return errBehind
	}
	if err := s.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	w, err := s.conn.NextWriter(websocket.TextMessage)
	if err != nil {
		return err
	}
	rest := it.frame
	if it.numbered {
		var head [40]byte
		if _, err := w.Write(wire.Splice(head[:0], it.frame[:1], it.prev)); err != nil {
			return err
		}
		rest = it.frame[1:]
	}
	if _, err := w.Write(rest); err != nil {
		return err
	}
	s.h.Stats.Frames.Add(1)
	return w.Close()
}

func (s *session) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// cut ends the session with a close code, after what is queued for it. It never waits.
func (s *session) cut(code int, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed, s.ended = true, why
	s.queue = append(s.queue, item{close: code, why: why, at: time.Now()})
	_ = s.conn.SetReadDeadline(time.Now().Add(maxBehind + closeWithin))
	s.wakeWriter()
	s.h.Stats.Cut.Add(1)
}

// run reads frames until the client is gone.
func (s *session) run() {
	defer s.h.leave(s)
	defer s.end()
	s.conn.SetReadLimit(MaxFrame)
	_ = s.conn.SetReadDeadline(time.Now().Add(authWithin))
	s.conn.SetPongHandler(func(string) error { return s.alive() })
	for {
		kind, data, err := s.conn.ReadMessage()
		if err != nil {
			if errors.Is(err, websocket.ErrReadLimit) {
				s.h.Stats.BadFrames.Add(1)
				s.drain()
			}
			s.logEnd(err)
			return
		}
		if s.isClosed() {
			continue // until the close frame is answered, or its time is over
		}
		if kind != websocket.TextMessage {
			s.h.Stats.BadFrames.Add(1)
			s.cut(CloseUnsupported, "text frames only")
			continue
		}
		if s.who.Load() != nil {
			_ = s.alive()
		}
		s.frame(data)
	}
}

// drain reads on for a moment after a frame that was too big, so that the close code (1009) arrives before a reset.
func (s *session) drain() {
	c := s.conn.NetConn()
	_ = c.SetReadDeadline(time.Now().Add(closeWithin))
	_, _ = io.CopyN(io.Discard, c, 16*MaxFrame)
}

// alive moves the deadline of the next sign of life; not once the session is being closed.
func (s *session) alive() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.who.Load() == nil {
		return nil
	}
	return s.conn.SetReadDeadline(time.Now().Add(deadAfter))
}

// end lets the hub and the agent know.
func (s *session) end() {
	s.mu.Lock()
	s.closed, s.queue = true, nil
	s.mu.Unlock()
	_ = s.conn.Close()
	s.writers.Wait()
	s.h.do(func(l *loop) { l.detach(s) })
	if s.opened {
		s.h.tellGone(s.who.Load().Agent, s.id)
	}
	s.h.Stats.Clients.Add(-1) // not before: so goodbyes that nobody hears are bounded by MaxClients
}
