package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
)

// Payload types we assign in offers.
const (
	PTTelephoneEvent = 101
	PTComfortNoise   = 13
)

// DefaultPtimeMs is the packet time we send.
const DefaultPtimeMs = 20

// Local is our side of a description.
type Local struct {
	Addr               netip.AddrPort // RTP address the far end shall send to
	SessionID, Version uint64         // o= line; a leg puts its own there before sending
	Direction          Direction      // what we want to do
	Codecs             []Codec        // in our order of preference; empty = PCMA, PCMU
	NoDTMF             bool           // no telephone events
	CN                 bool           // comfort noise
	PtimeMs            int            // 0 = DefaultPtimeMs
}

var defaultCodecs = [...]Codec{PCMA, PCMU}

func (l *Local) codecs() []Codec {
	if len(l.Codecs) == 0 {
		return defaultCodecs[:]
	}
	return l.Codecs
}

func (l *Local) ptime() int {
	if l.PtimeMs == 0 {
		return DefaultPtimeMs
	}
	return l.PtimeMs
}

// Chosen is what a finished offer/answer exchange means for the media of this leg.
type Chosen struct {
	Codec         Codec
	PT            uint8 // payload type of Codec, both ways
	DTMF, CN      int   // payload types, NoPT = none
	PtimeMs       int   // what the far end wants to receive
	Remote        netip.AddrPort
	RemoteRTCP    netip.AddrPort
	Send, Receive bool
}

// Offer writes a description that offers all of l.
func Offer(l Local) []byte {
	b := l.head()
	b = append(b, "m=audio "...)
	b = strconv.AppendUint(b, uint64(l.Addr.Port()), 10)
	b = append(b, " RTP/AVP"...)
	for _, c := range l.codecs() {
		b = append(b, ' ')
		b = strconv.AppendUint(b, uint64(c.staticPT()), 10)
	}
	c := Chosen{DTMF: NoPT, CN: NoPT}
	if l.CN {
		c.CN = PTComfortNoise
	}
	if !l.NoDTMF {
		c.DTMF = PTTelephoneEvent
	}
	b = appendPT(b, c.CN)
	b = appendPT(b, c.DTMF)
	b = append(b, "\r\n"...)
	for _, codec := range l.codecs() {
		b = appendMap(b, int(codec.staticPT()), codec.String())
	}
	return l.tail(b, c, l.Direction)
}

// Answer writes the answer to offer: one codec of ours that is offered, its other streams refused
// with port 0 (RFC 3264 6), and says what was agreed.
func Answer(offer *Media, l Local) ([]byte, Chosen, error) {
	if line := offer.Lines[offer.Index]; !line.plain() {
		return nil, Chosen{}, fmt.Errorf("%w: transport %.20q", ErrNoAudio, line.Proto)
	}
	c, err := choose(offer, l.codecs())
	if err != nil {
		return nil, c, err
	}
	if l.NoDTMF {
		c.DTMF = NoPT
	}
	if !l.CN {
		c.CN = NoPT
	}
	dir := Reply(offer.Direction, l.Direction)
	c.Send = dir.Sends() && !offer.Addr.Addr().IsUnspecified()
	c.Receive = dir.Receives()
	b := l.head()
	for i, line := range offer.Lines {
		if i != offer.Index {
			b = line.refuse(b)
			continue
		}
		b = append(b, "m=audio "...)
		b = strconv.AppendUint(b, uint64(l.Addr.Port()), 10)
		b = append(b, ' ')
		b = append(b, line.Proto...)
		b = appendPT(b, int(c.PT))
		b = appendPT(b, c.CN)
		b = appendPT(b, c.DTMF)
		b = append(b, "\r\n"...)
		b = appendMap(b, int(c.PT), c.Codec.String())
		b = l.tail(b, c, dir)
	}
	return b, c, nil
}

// Choose says what an answer to the offer we made with l means.
func Choose(l Local, answer *Media) (Chosen, error) {
	if answer.Index != 0 {
		return Chosen{}, fmt.Errorf("%w: audio is stream %d", ErrMedia, answer.Index)
	}
	for _, f := range answer.Formats { // the answerer's order counts (RFC 3264 6.1)
		for _, ours := range l.codecs() {
			if f.Codec != ours {
				continue
			}
			c, err := choose(answer, []Codec{ours})
			dir := Reply(answer.Direction, l.Direction)
			c.Send = dir.Sends() && !answer.Addr.Addr().IsUnspecified()
			c.Receive = dir.Receives()
			if l.NoDTMF {
				c.DTMF = NoPT
			}
			if !l.CN {
				c.CN = NoPT
			}
			return c, err
		}
	}
	return Chosen{}, fmt.Errorf("%w: answered %v", ErrNoCodec, answer.Formats)
}

func choose(m *Media, codecs []Codec) (Chosen, error) {
	for _, codec := range codecs {
		if pt, ok := m.PT(codec); ok {
			ms := m.PtimeMs
			if ms == 0 {
				ms = DefaultPtimeMs
			}
			return Chosen{
				Codec: codec, PT: pt, DTMF: m.DTMF, CN: m.CN, PtimeMs: ms, Remote: m.Addr, RemoteRTCP: m.RTCP,
			}, nil
		}
	}
	return Chosen{}, fmt.Errorf("%w: offered %v, ours %v", ErrNoCodec, m.Formats, codecs)
}

func (l *Local) head() []byte {
	b := append(make([]byte, 0, 384), "v=0\r\no=- "...)
	b = strconv.AppendUint(b, l.SessionID, 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, l.Version, 10)
	b = append(b, ' ')
	b = l.appendAddr(b)
	b = append(b, "s=-\r\nc="...)
	b = l.appendAddr(b)
	return append(b, "t=0 0\r\n"...)
}

func (l *Local) appendAddr(b []byte) []byte {
	a := l.Addr.Addr().Unmap()
	if a.Is6() {
		b = append(b, "IN IP6 "...)
	} else {
		b = append(b, "IN IP4 "...)
	}
	b = a.AppendTo(b)
	return append(b, "\r\n"...)
}

func (l *Local) tail(b []byte, c Chosen, d Direction) []byte {
	if c.CN != NoPT {
		b = appendMap(b, c.CN, "CN")
	}
	if c.DTMF != NoPT {
		b = appendMap(b, c.DTMF, "telephone-event")
		b = append(b, "a=fmtp:"...)
		b = strconv.AppendInt(b, int64(c.DTMF), 10)
		b = append(b, " 0-15\r\n"...)
	}
	b = append(b, "a=ptime:"...)
	b = strconv.AppendInt(b, int64(l.ptime()), 10)
	b = append(b, "\r\na="...)
	b = append(b, d.String()...)
	return append(b, "\r\n"...)
}

func appendPT(b []byte, pt int) []byte {
	if pt == NoPT {
		return b
	}
	b = append(b, ' ')
	return strconv.AppendInt(b, int64(pt), 10)
}

func appendMap(b []byte, pt int, name string) []byte {
	b = append(b, "a=rtpmap:"...)
	b = strconv.AppendInt(b, int64(pt), 10)
	b = append(b, ' ')
	b = append(b, name...)
	return append(b, "/8000\r\n"...)
}

func (l Line) refuse(b []byte) []byte {
	b = append(b, "m="...)
	b = append(b, l.Kind...)
	b = append(b, " 0 "...)
	b = append(b, l.Proto...)
	b = append(b, ' ')
	b = append(b, l.Formats...)
	return append(b, "\r\n"...)
}
