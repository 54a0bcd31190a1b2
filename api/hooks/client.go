package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Bounds of a POST's answer and its connections.
const (
	maxAnswer     = 64 << 10 // read at most; the rest is cut off with the connection
	dialWithin    = 5 * time.Second
	idleConnsEach = 2
	idleWithin    = 90 * time.Second
)

// errAddress refuses a receiver at an address nobody's receiver has: that of a cloud's metadata service, for one.
var errAddress = errors.New("link-local, multicast and unspecified addresses are not called")

// NewClient makes the HTTP client for receivers: it goes there directly, never follows a redirect, and refuses
// addresses that are no receiver's whatever a name resolves to.
func NewClient() *http.Client {
	dial := &net.Dialer{Timeout: dialWithin, Control: func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return checkAddr(a.Addr().Unmap())
	}}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dial.DialContext, TLSHandshakeTimeout: dialWithin, MaxIdleConnsPerHost: idleConnsEach,
			IdleConnTimeout: idleWithin, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 16 << 10,
		},
	}
}

func checkAddr(a netip.Addr) error {
	if a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return errAddress
	}
	return nil
}

// statusError is an answer that is no success.
type statusError struct {
	status int
	after  time.Duration // the pause asked for
}

func (e *statusError) Error() string {
	if e.status >= 300 && e.status < 400 {
		return fmt.Sprintf("answered %d: redirects are not followed", e.status)
	}
	return fmt.Sprintf("answered %d", e.status)
}

// Post sends a signed JSON body and gives the answer's body; anything but 2xx is an error. Errors never name the URL,
// which may hold a secret.
func Post(
	ctx context.Context, c *http.Client, to string, secrets []string, header map[string]string, body []byte,
) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the URL cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "wirechief")
	req.Header.Set(SignatureHeader, Sign(secrets, time.Now(), body))
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := c.Do(req)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, &statusError{resp.StatusCode, retryAfter(resp)}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return answer, nil
}
