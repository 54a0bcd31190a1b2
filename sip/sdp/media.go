package sdp

import "net/netip"

// Limits of a description.
const (
	MaxBytes   = 8_192
	MaxLines   = 256
	MaxMedia   = 8  // m= lines
	MaxFormats = 32 // payload types of one m= line
)

// Limits bound what Parse accepts; a zero field means the Max constant.
type Limits struct {
	Bytes, Lines, Media, Formats int
}

func (l Limits) orDefault() Limits {
	pick := func(v, most int) int {
		if v <= 0 || v > most {
			return most
		}
		return v
	}
	return Limits{
		pick(l.Bytes, MaxBytes), pick(l.Lines, MaxLines), pick(l.Media, MaxMedia), pick(l.Formats, MaxFormats),
	}
}

// Codec of a voice stream.
type Codec uint8

// Codecs; the zero value is none.
const (
	NoCodec Codec = iota
	PCMU
	PCMA
)

func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	}
	return "none"
}

// staticPT is the payload type of RFC 3551.
func (c Codec) staticPT() uint8 {
	if c == PCMA {
		return 8
	}
	return 0
}

// Direction of a stream as seen by whoever wrote the description.
type Direction uint8

// Directions; sendrecv is the default (RFC 3264 5.1).
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

var directionNames = [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}

func (d Direction) String() string {
	if int(d) < len(directionNames) {
		return directionNames[d]
	}
	return directionNames[0]
}

// Sends and Receives tell what the writer does.
func (d Direction) Sends() bool    { return d == SendRecv || d == SendOnly }
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

func directionOf(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	}
	return Inactive
}

// Reply is the direction an answer may have when we want ours and the offer said theirs (RFC 3264 6.1).
func Reply(theirs, ours Direction) Direction {
	return directionOf(ours.Sends() && theirs.Receives(), ours.Receives() && theirs.Sends())
}

// NoPT marks a payload type that was not offered.
const NoPT = -1

// Format is one codec of the stream with its payload type.
type Format struct {
	Codec Codec
	PT    uint8
}

// Media is what a remote description says about its audio stream.
type Media struct {
	Addr      netip.AddrPort // RTP; the address is unspecified for the old way of hold
	RTCP      netip.AddrPort // port + 1 unless a=rtcp says otherwise; equal to Addr with RTCPMux
	RTCPMux   bool
	Direction Direction
	Formats   []Format // G.711 formats in the writer's order, at least one
	DTMF      int      // payload type of telephone-event/8000, NoPT = none
	CN        int      // payload type of comfort noise at 8 kHz, NoPT = none
	PtimeMs   int      // wished packet time; 0 = not said
	WebRTC    bool     // ICE and a DTLS fingerprint: not for a plain RTP leg
	Crypto    bool     // SDES keys offered
	Held      bool     // we shall not send: sendonly, inactive or c=0.0.0.0
	Index     int      // which of Lines it is
	Lines     []Line   // all m= lines, which an answer must repeat in order

	SessionID, Version string // of the o= line
}

// Line is an m= line as it came.
type Line struct {
	Kind, Proto, Formats string
	Port                 uint16
}

// PT returns the payload type the writer uses for c.
func (m *Media) PT(c Codec) (uint8, bool) {
	for _, f := range m.Formats {
		if f.Codec == c {
			return f.PT, true
		}
	}
	return 0, false
}
