package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

// Frame is one frame from the server. Seq and Prev are those of numbered events, Code and Message those of an error.
type Frame struct {
	Type    string            `json:"type"`
	ID      string            `json:"id"`
	Seq     uint64            `json:"seq"`
	Prev    uint64            `json:"prev"`
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Details map[string]string `json:"details"`
	Raw     json.RawMessage   `json:"-"`
}

// Into decodes the frame into v; it panics on a mismatch, for tests.
func (f Frame) Into(v any) {
	if err := json.Unmarshal(f.Raw, v); err != nil {
		panic(fmt.Sprintf("apiclient: %s: %v", f.Raw, err)) //nolint:forbidigo // a mistake of the program itself
	}
}

// Client is one WebSocket. Its methods are safe for concurrent use.
type Client struct {
	conn *websocket.Conn
	done chan struct{}

	mu      sync.Mutex
	frames  []Frame               // not yet expected; guarded by mu
	wake    chan struct{}         // closed and replaced with each frame; guarded by mu
	answers map[string]chan Frame // guarded by mu
	next    int                   // guarded by mu
	last    uint64                // guarded by mu
	err     error                 // why it ended, or the gap that was seen; guarded by mu
}

// Connect opens the WebSocket of a server without signing in. base is http://host:port.
func Connect(ctx context.Context, base string, header http.Header) (*Client, error) {
	url := "ws" + strings.TrimPrefix(base, "http") + "/v1/ws"
	conn, resp, err := websocket.DefaultDialer.DialContext(ctx, url, header) //nolint:bodyclose // gorilla has closed it, or it is nobody's
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("connecting: %w (%s)", err, resp.Status)
		}
		return nil, fmt.Errorf("connecting: %w", err)
	}
	c := &Client{
		conn: conn, done: make(chan struct{}), wake: make(chan struct{}), answers: make(map[string]chan Frame),
	}
	go c.read()
	return c, nil
}

// Open connects and signs in with an access token.
func Open(ctx context.Context, base, token string) (*Client, error) {
	c, err := Connect(ctx, base, nil)
	if err != nil {
		return nil, err
	}
	return c, c.open(ctx, map[string]any{"token": token})
}

// Reopen is Open with the last seq of an earlier client.
func Reopen(ctx context.Context, base, token string, from uint64) (*Client, error) {
	c, err := Connect(ctx, base, nil)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.last = from
	c.mu.Unlock()
	return c, c.open(ctx, map[string]any{"token": token, "from": from})
}

func (c *Client) open(ctx context.Context, fields map[string]any) error {
	f, err := c.Do(ctx, "auth", fields)
	if err == nil && f.Type != "ok" {
		err = fmt.Errorf("auth: %s: %s", f.Code, f.Message)
	}
	if err != nil {
		c.Close()
	}
	return err
}

func (c *Client) read() {
	defer close(c.done)
	for {
		_, data, err := c.conn.ReadMessage()
		if err != nil {
			c.fail(err)
			return
		}
		f := Frame{Raw: data}
		if err := json.Unmarshal(data, &f); err != nil {
			c.fail(fmt.Errorf("a frame that is no JSON: %w", err))
			return
		}
		c.take(f)
	}
}

func (c *Client) take(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch := c.answers[f.ID]; ch != nil && f.ID != "" {
		delete(c.answers, f.ID)
		ch <- f
		return
	}
	if f.Seq != 0 {
		if f.Prev > c.last && f.Type != "snapshot" && c.err == nil {
			c.err = fmt.Errorf("gap: %s has prev %d, the last seq was %d", f.Raw, f.Prev, c.last)
		}
		c.last = max(c.last, f.Seq)
	}
	c.frames = append(c.frames, f)
	close(c.wake)
	c.wake = make(chan struct{})
}

func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	close(c.wake)
	c.wake = make(chan struct{})
}

// ErrClosed is wrapped in the errors of a client whose connection has ended.
var ErrClosed = errors.New("the connection has ended")

// Do sends a command and awaits its answer, of type ok or error.
func (c *Client) Do(ctx context.Context, typ string, fields map[string]any) (Frame, error) {
	c.mu.Lock()
	c.next++
	id := strconv.Itoa(c.next)
	ch := make(chan Frame, 1)
	c.answers[id] = ch
	frame := map[string]any{"id": id, "type": typ}
	maps.Copy(frame, fields)
	err := c.conn.WriteJSON(frame)
	c.mu.Unlock()
	if err != nil {
		return Frame{}, fmt.Errorf("sending %s: %w", typ, err)
	}
	select {
	case f := <-ch:
		return f, nil
	case <-c.done:
		select {
		case f := <-ch:
			return f, nil
		default:
			return Frame{}, fmt.Errorf("awaiting the answer to %s: %w: %w", typ, ErrClosed, c.Err())
		}
	case <-ctx.Done():
		return Frame{}, fmt.Errorf("awaiting the answer to %s: %w", typ, ctx.Err())
	}
}

// Send writes a raw text frame.
func (c *Client) Send(data string) error { return c.SendKind(websocket.TextMessage, []byte(data)) }

// SendKind writes a raw frame of any kind.
func (c *Client) SendKind(kind int, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn.WriteMessage(kind, data)
}

// Expect awaits the next frame of a type for which every match says yes. Frames before it are passed over, later ones
// stay for the next Expect. Type "" is any.
func (c *Client) Expect(ctx context.Context, typ string, match ...func(Frame) bool) (Frame, error) {
	for {
		c.mu.Lock()
		for i, f := range c.frames {
			if (f.Type == typ || typ == "") && all(f, match) {
				c.frames = append([]Frame(nil), c.frames[i+1:]...)
				c.mu.Unlock()
				return f, nil
			}
		}
		err, wake, seen := c.err, c.wake, len(c.frames)
		c.mu.Unlock()
		if err != nil {
			return Frame{}, fmt.Errorf("awaiting %s: %w: %w", typ, ErrClosed, err)
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return Frame{}, fmt.Errorf("awaiting %s with %d other frames there: %w", typ, seen, ctx.Err())
		}
	}
}

// Next awaits the next frame of any type.
func (c *Client) Next(ctx context.Context) (Frame, error) {
	for {
		c.mu.Lock()
		if len(c.frames) > 0 {
			f := c.frames[0]
			c.frames = append([]Frame(nil), c.frames[1:]...)
			c.mu.Unlock()
			return f, nil
		}
		err, wake := c.err, c.wake
		c.mu.Unlock()
		if err != nil {
			return Frame{}, fmt.Errorf("awaiting a frame: %w: %w", ErrClosed, err)
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return Frame{}, fmt.Errorf("awaiting a frame: %w", ctx.Err())
		}
	}
}

func all(f Frame, match []func(Frame) bool) bool {
	for _, m := range match {
		if !m(f) {
			return false
		}
	}
	return true
}

// Field matches a field at a path of dots to a text, number or bool.
func Field(path string, want any) func(Frame) bool {
	return func(f Frame) bool {
		var v any
		if json.Unmarshal(f.Raw, &v) != nil {
			return false
		}
		for name := range strings.SplitSeq(path, ".") {
			m, ok := v.(map[string]any)
			if !ok {
				return false
			}
			v = m[name]
		}
		return fmt.Sprint(v) == fmt.Sprint(want)
	}
}

// Pending gives the frames that came and were not expected yet.
func (c *Client) Pending() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Frame(nil), c.frames...)
}

// Last is the seq of the last numbered frame.
func (c *Client) Last() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// Err is why the connection ended, or the gap that was seen; nil while all is well.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Closed awaits the end of the connection and gives the close code, 0 when there was none.
func (c *Client) Closed(ctx context.Context) (int, error) {
	select {
	case <-c.done:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if e, ok := errors.AsType[*websocket.CloseError](c.Err()); ok {
		return e.Code, nil
	}
	return 0, nil
}

// Close ends the connection and waits for it.
func (c *Client) Close() {
	_ = c.conn.Close()
	<-c.done
}
