package media

import (
	"net/netip"

	"github.com/wirechief/wirechief/media/audio"
)

// Static payload types of RFC 3551.
const (
	PCMU         uint8 = 0
	PCMA         uint8 = 8
	ComfortNoise uint8 = 13
)

// Direction of a leg's media as we see it (RFC 3264, turned to our side).
type Direction uint8

// Directions.
const (
	SendRecv Direction = iota // both ways
	SendOnly                  // we send; what comes in is dropped and not missed
	RecvOnly                  // we receive; nothing is sent
	Inactive                  // neither
)

func (d Direction) sends() bool    { return d == SendRecv || d == SendOnly }
func (d Direction) receives() bool { return d == SendRecv || d == RecvOnly }

// Remote is what signalling says of a leg's far end.
type Remote struct {
	Addr             netip.AddrPort // c= and m= of its SDP; invalid or port 0: nothing is sent until a source is learned
	PayloadType      uint8          // PCMU or PCMA: what it wants to receive; both are accepted from it
	TelephoneEventPT int            // RFC 4733 payload type; 0: none agreed
	Direction        Direction
	PtimeMs          int // informative; what we play has 20 ms packets
}

// Source is what Play sends: a clip, from its start.
type Source struct {
	Clip *audio.Clip // shared by any number of legs, never changed
	Loop bool        // again from its start, without PlayEnded
}

// Unfinished is a recording found on disk by Recover.
type Unfinished struct {
	ID       string
	Segments []int // ascending; continue with Record and the last one + 1
	StartMs  int64 // cluster time of its first segment's start
	LastMs   int64 // cluster time of the last thing known of it
	Stopped  bool  // it was stopped and only wants Finish
}

// RecordingStart names a recording and the two legs of it.
type RecordingStart struct {
	ID        string            // 1-64 of [A-Za-z0-9_-]; the name of its files
	CallerLeg string            // left channel; "" for silence
	AgentLeg  string            // right channel; "" for silence
	StartMs   int64             // cluster time of the file's first sample; 0: now
	Segment   int               // 0, or one more than the last when a recording continues after a restart
	Labels    map[string]string // copied into the manifest (call, agent, tenant); at most 16 of 80 bytes each, key and value
}
