package media

import (
	"net/netip"

	"github.com/wirechief/wirechief/media/record"
)

// Event is one of FirstPacket, DTMF, RTPTimeout, RTPBack, PlayEnded, LegClosed, RecordingFinished, RecordingFailed.
// AtMs is cluster time.
type Event interface{ mediaEvent() }

// FirstPacket is a leg's first accepted RTP packet since it was opened.
type FirstPacket struct {
	Leg    string
	Source netip.AddrPort // where it came from and where we send from now on
	AtMs   int64
}

// DTMF is one key press by telephone-event (RFC 4733), told once, at its end.
type DTMF struct {
	Leg        string
	Digit      byte // '0'-'9', '*', '#', 'A'-'D'
	DurationMs int64
	AtMs       int64
}

// RTPTimeout says that a leg which should send has sent nothing for Config.RTPTimeoutMs. While the silence lasts it is
// told again, after twice that time and then every four times of it.
type RTPTimeout struct {
	Leg  string
	AtMs int64
}

// RTPBack says that RTP comes again after RTPTimeout.
type RTPBack struct {
	Leg  string
	AtMs int64
}

// PlayEnded says that a source without Loop has been played to its end. StopPlay, another Play, Bridge and CloseLeg
// give no PlayEnded.
type PlayEnded struct {
	Leg  string
	AtMs int64
}

// LegClosed carries the last figures of a leg after CloseLeg.
type LegClosed struct {
	Leg   string
	Stats LegStats
	AtMs  int64
}

// RecordingFinished says that the WAV file and its manifest are durable. It is never dropped.
type RecordingFinished struct {
	record.Finished
}

// RecordingFailed says that a recording could not be finished; its extents stay on disk and Finish tries again.
// It is never dropped.
type RecordingFailed struct {
	ID  string
	Err error
}

func (FirstPacket) mediaEvent()       {}
func (DTMF) mediaEvent()              {}
func (RTPTimeout) mediaEvent()        {}
func (RTPBack) mediaEvent()           {}
func (PlayEnded) mediaEvent()         {}
func (LegClosed) mediaEvent()         {}
func (RecordingFinished) mediaEvent() {}
func (RecordingFailed) mediaEvent()   {}
