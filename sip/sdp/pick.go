package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// pick takes the first audio stream we can use, a plain one before an encrypted one.
func (p *parser) pick() (*Media, error) {
	if len(p.lines) == 0 {
		return nil, fmt.Errorf("%w: no m= line", ErrNoAudio)
	}
	var why error
	var spare *Media
	for i := range p.lines {
		m, err := p.usable(i)
		switch {
		case err == nil && p.lines[i].plain():
			return m, nil
		case err == nil && spare == nil:
			spare = m
		case err != nil && (why == nil || p.lines[i].Kind == "audio"):
			why = err
		}
	}
	if spare != nil {
		return spare, nil
	}
	return nil, why
}

// plain: RTP without encryption, with or without early feedback.
func (l Line) plain() bool { return l.Proto == "RTP/AVP" || l.Proto == "RTP/AVPF" }

func (p *parser) usable(i int) (*Media, error) {
	line, s := &p.lines[i], &p.streams[i]
	switch {
	case line.Kind != "audio":
		return nil, fmt.Errorf("%w: m=%.20s", ErrNoAudio, line.Kind)
	case line.Port == 0:
		return nil, fmt.Errorf("%w: port 0", ErrNoAudio)
	case !strings.HasPrefix(line.Proto, "RTP/") && !strings.HasPrefix(line.Proto, "UDP/TLS/RTP/"):
		return nil, fmt.Errorf("%w: transport %.20q", ErrNoAudio, line.Proto)
	}
	a := s.addr
	if !a.IsValid() {
		a = p.session
	}
	if !a.IsValid() {
		return nil, fmt.Errorf("%w: no c= line", ErrAddress)
	}
	m := &Media{
		Addr: netip.AddrPortFrom(a, line.Port), RTCPMux: s.mux, Direction: p.dir,
		DTMF: NoPT, CN: NoPT, PtimeMs: p.ptimeMs, Crypto: s.crypto,
		WebRTC: (s.ice || p.ice) && (s.print || p.print), Index: i, Lines: p.lines,
		SessionID: p.origin[0], Version: p.origin[1],
	}
	if s.hasDir {
		m.Direction = s.dir
	}
	if s.ptimeMs != 0 {
		m.PtimeMs = s.ptimeMs
	}
	m.Held = !m.Direction.Receives() || a.IsUnspecified()
	m.RTCP = s.rtcp(m.Addr)
	s.formats(line.Formats, m)
	if len(m.Formats) == 0 {
		return nil, fmt.Errorf("%w: formats %.60q", ErrNoCodec, line.Formats)
	}
	return m, nil
}

func (s *stream) rtcp(rtp netip.AddrPort) netip.AddrPort {
	port, a := rtp.Port()+1, rtp.Addr()
	switch {
	case s.mux:
		port = rtp.Port()
	case s.rtcpPort != 0:
		port = s.rtcpPort
		if s.rtcpAddr.IsValid() {
			a = s.rtcpAddr
		}
	}
	return netip.AddrPortFrom(a, port)
}

// formats sorts the payload types of the m= line; static ones need no rtpmap (RFC 3551).
func (s *stream) formats(list string, m *Media) {
	for f := range strings.FieldsSeq(list) {
		n, err := strconv.ParseUint(f, 10, 7)
		if err != nil {
			continue
		}
		pt := uint8(n)
		switch s.encoding(pt) {
		case "PCMU/8000", "PCMU/8000/1":
			m.add(PCMU, pt)
		case "PCMA/8000", "PCMA/8000/1":
			m.add(PCMA, pt)
		case "TELEPHONE-EVENT/8000", "TELEPHONE-EVENT/8000/1":
			if m.DTMF == NoPT && pt >= firstDynamic {
				m.DTMF = int(pt)
			}
		case "CN/8000", "CN/8000/1":
			if m.CN == NoPT {
				m.CN = int(pt)
			}
		}
	}
}

// firstDynamic is the lowest payload type that an rtpmap may give a meaning to (RFC 3551 section 6).
const firstDynamic = 96

// add notes a codec under its static type. Under another one it is not taken: media sends and takes G.711 by number.
func (m *Media) add(c Codec, pt uint8) {
	if _, have := m.PT(c); !have && pt == c.staticPT() {
		m.Formats = append(m.Formats, Format{c, pt})
	}
}

func (s *stream) encoding(pt uint8) string {
	for _, r := range s.maps {
		if r.pt == pt {
			return r.name
		}
	}
	switch pt {
	case 0:
		return "PCMU/8000"
	case 8:
		return "PCMA/8000"
	case 13:
		return "CN/8000"
	}
	return ""
}
