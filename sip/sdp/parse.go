package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// parser holds what is known while the lines go by.
type parser struct {
	limits  Limits
	session netip.Addr // c= before the first m=
	dir     Direction  // session-level direction
	ptimeMs int
	lines   []Line
	streams []stream
	origin  [2]string
	ice     bool
	print   bool
}

// stream is one m= block.
type stream struct {
	addr     netip.Addr
	hasDir   bool
	dir      Direction
	ptimeMs  int
	rtcpPort uint16
	rtcpAddr netip.Addr
	mux      bool
	crypto   bool
	ice      bool
	print    bool
	maps     []rtpmap
}

type rtpmap struct {
	pt   uint8
	name string // upper case, "NAME/RATE"
}

// Parse reads a remote description and picks its first audio stream with a port and a codec we know.
func Parse(b []byte, l Limits) (*Media, error) {
	p := parser{limits: l.orDefault()}
	if len(b) > p.limits.Bytes {
		return nil, fmt.Errorf("%w: %d bytes > %d", ErrTooLarge, len(b), p.limits.Bytes)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		if n > p.limits.Lines {
			return nil, fmt.Errorf("%w: more than %d lines", ErrTooLarge, p.limits.Lines)
		}
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := p.line(n, line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: empty", ErrSyntax)
	}
	return p.pick()
}

func (p *parser) line(n int, line string) error {
	if len(line) < 2 || line[1] != '=' {
		return fmt.Errorf("%w: %.40q", ErrSyntax, line)
	}
	v := strings.TrimSpace(line[2:])
	switch line[0] {
	case 'v':
		if v != "0" {
			return fmt.Errorf("%w: version %.10q", ErrSyntax, v)
		}
	case 'o':
		return p.setOrigin(v)
	case 'c':
		return p.connection(v)
	case 'm':
		return p.media(v)
	case 'a':
		return p.attribute(v)
	}
	if n == 1 && line[0] != 'v' {
		return fmt.Errorf("%w: begins with %.10q", ErrSyntax, line)
	}
	return nil
}

func (p *parser) setOrigin(v string) error {
	f := strings.Fields(v)
	if len(f) < 6 {
		return fmt.Errorf("%w: o= has %d fields", ErrSyntax, len(f))
	}
	p.origin = [2]string{f[1], f[2]}
	return nil
}

// connection reads "IN IP4 192.0.2.1", also with a TTL.
func (p *parser) connection(v string) error {
	f := strings.Fields(v)
	if len(f) != 3 || f[0] != "IN" {
		return fmt.Errorf("%w: c=%.40q", ErrSyntax, v)
	}
	a, err := address(f[1], f[2])
	if err != nil {
		return err
	}
	if len(p.streams) == 0 {
		p.session = a
		return nil
	}
	p.streams[len(p.streams)-1].addr = a
	return nil
}

func address(family, host string) (netip.Addr, error) {
	host, _, _ = strings.Cut(host, "/")
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil, a.Zone() != "":
		return netip.Addr{}, fmt.Errorf("%w: %.60q is no IP address", ErrAddress, host)
	case a.IsMulticast():
		return netip.Addr{}, fmt.Errorf("%w: multicast %s", ErrAddress, a)
	case (family == "IP4") != a.Unmap().Is4() || family != "IP4" && family != "IP6":
		return netip.Addr{}, fmt.Errorf("%w: %.60q is not %.10q", ErrAddress, host, family)
	}
	return a.Unmap(), nil
}

// media reads "audio 4000 RTP/AVP 0 8 101".
func (p *parser) media(v string) error {
	if len(p.lines) >= p.limits.Media {
		return fmt.Errorf("%w: more than %d m= lines", ErrTooLarge, p.limits.Media)
	}
	f := strings.Fields(v)
	if len(f) < 4 {
		return fmt.Errorf("%w: m=%.40q", ErrSyntax, v)
	}
	if len(f)-3 > p.limits.Formats {
		return fmt.Errorf("%w: more than %d formats", ErrTooLarge, p.limits.Formats)
	}
	port, _, _ := strings.Cut(f[1], "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("%w: port %.10q", ErrSyntax, f[1])
	}
	if !clean(v) {
		return fmt.Errorf("%w: control characters in m=", ErrSyntax)
	}
	p.lines = append(p.lines, Line{
		Kind: f[0], Proto: f[2], Formats: strings.Join(f[3:], " "), Port: uint16(n),
	})
	p.streams = append(p.streams, stream{})
	return nil
}

// clean: what an answer repeats must be printable.
func clean(v string) bool {
	for i := 0; i < len(v); i++ {
		if v[i] < 0x20 || v[i] > 0x7e {
			return false
		}
	}
	return true
}

func (p *parser) attribute(v string) error {
	name, arg, _ := strings.Cut(v, ":")
	var s *stream
	if n := len(p.streams); n > 0 {
		s = &p.streams[n-1]
	}
	if d, ok := direction(name); ok {
		if s == nil {
			p.dir = d
		} else {
			s.dir, s.hasDir = d, true
		}
		return nil
	}
	switch name {
	case "ptime":
		ms := ptime(arg)
		if s == nil {
			p.ptimeMs = ms
		} else {
			s.ptimeMs = ms
		}
	case "ice-ufrag":
		if s == nil {
			p.ice = true
		} else {
			s.ice = true
		}
	case "fingerprint":
		if s == nil {
			p.print = true
		} else {
			s.print = true
		}
	}
	if s == nil {
		return nil
	}
	return s.attribute(name, arg, p.limits)
}

func (s *stream) attribute(name, arg string, l Limits) error {
	switch name {
	case "rtcp-mux":
		s.mux = true
	case "crypto":
		s.crypto = true
	case "rtcp":
		f := strings.Fields(arg)
		if len(f) == 0 {
			return fmt.Errorf("%w: a=rtcp", ErrSyntax)
		}
		n, err := strconv.ParseUint(f[0], 10, 16)
		if err != nil {
			return fmt.Errorf("%w: a=rtcp:%.20q", ErrSyntax, arg)
		}
		s.rtcpPort = uint16(n)
		if len(f) == 4 {
			if a, err := address(f[2], f[3]); err == nil {
				s.rtcpAddr = a
			}
		}
	case "rtpmap":
		pt, enc, ok := strings.Cut(arg, " ")
		n, err := strconv.ParseUint(pt, 10, 7)
		if !ok || err != nil {
			return fmt.Errorf("%w: a=rtpmap:%.40q", ErrSyntax, arg)
		}
		if len(s.maps) >= 2*l.Formats {
			return fmt.Errorf("%w: more than %d rtpmap lines", ErrTooLarge, 2*l.Formats)
		}
		s.maps = append(s.maps, rtpmap{uint8(n), strings.ToUpper(strings.TrimSpace(enc))})
	}
	return nil
}

func direction(name string) (Direction, bool) {
	for i, n := range directionNames {
		if n == name {
			return Direction(i), true
		}
	}
	return SendRecv, false
}

// ptime of 10 to 200 ms; anything else is as if not said.
func ptime(arg string) int {
	n, err := strconv.Atoi(strings.TrimSpace(arg))
	if err != nil || n < 10 || n > 200 {
		return 0
	}
	return n
}
