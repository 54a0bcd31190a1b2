package media

import "errors"

var (
	// ErrClosed says that the engine has been closed.
	ErrClosed = errors.New("media: engine closed")
	// ErrNoPorts says that no port pair of the range is free now; ports drain for Config.PortDrainMs after CloseLeg.
	ErrNoPorts = errors.New("media: no free RTP ports")
	// ErrPortTaken says that the port asked for is in use, or out of the range, or odd.
	ErrPortTaken = errors.New("media: RTP port not available")
	// ErrNoLeg says that no open leg has that name.
	ErrNoLeg = errors.New("media: no such leg")
	// ErrLegExists says that a leg of that name is open already.
	ErrLegExists = errors.New("media: leg exists")
	// ErrApart says that two legs live on different workers: they were opened under different call keys.
	ErrApart = errors.New("media: legs of different calls")
	// ErrBusy says that the worker's command queue is full (Limits.Commands).
	ErrBusy = errors.New("media: command queue full")
	// ErrLimit says that a named limit of Limits is reached.
	ErrLimit = errors.New("media: limit reached")
	// ErrBadArgument says that an argument has no meaning here.
	ErrBadArgument = errors.New("media: bad argument")
	// ErrNoRecording says that no recording has that id.
	ErrNoRecording = errors.New("media: no such recording")
	// ErrRecordingExists says that a recording of that id and segment is running or on disk.
	ErrRecordingExists = errors.New("media: recording exists")
	// ErrNoRecordDir says that the engine was made without a directory for recordings.
	ErrNoRecordDir = errors.New("media: no recording directory")
)
