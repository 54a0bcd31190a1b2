package record

import "errors"

var (
	// ErrBadID says that a recording id is not 1-64 of [A-Za-z0-9_-].
	ErrBadID = errors.New("record: bad recording id")
	// ErrBadOpening says that an opening does not fit its slot.
	ErrBadOpening = errors.New("record: bad opening")
	// ErrExists says that a recording of that id and segment is running or on disk.
	ErrExists = errors.New("record: recording exists")
	// ErrUnknown says that nothing of a recording is on disk.
	ErrUnknown = errors.New("record: no such recording")
	// ErrNoManifest says that a file has no whole manifest: it is none of ours, or was never finished.
	ErrNoManifest = errors.New("record: no manifest")
	// ErrBusy says that too many recordings wait to be finished.
	ErrBusy = errors.New("record: finishers are busy")
	// ErrClosed says that the recorder is closed.
	ErrClosed = errors.New("record: closed")
)

// maxID bounds a recording's id.
const maxID = 64

// CheckID says whether an id can name files.
func CheckID(id string) error {
	if id == "" || len(id) > maxID {
		return ErrBadID
	}
	for _, c := range []byte(id) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
		if !ok {
			return ErrBadID
		}
	}
	return nil
}
