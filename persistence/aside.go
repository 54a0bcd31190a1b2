package persistence

import (
	"fmt"
	"sync"

	"github.com/wirechief/wirechief/persistence/machine"
)

// maxAside bounds the streams set aside: with more of them the store as a whole is damaged, and that is fatal.
const maxAside = 10_000

// aside are the streams that were found to be unreadable since the start. They are not written anywhere: the next
// start, perhaps of a program that can read them, tries again.
type aside struct {
	mu      sync.RWMutex
	streams map[string]error
}

// SetAside takes note that a stream cannot be read or decoded, counts and logs it the first time, and gives the error
// that whoever asks for the stream is told. Views do it for rows they cannot read; whoever decodes the records does it
// for those that mean nothing.
func (j *Journal) SetAside(u machine.Unreadable) error {
	a := &j.aside
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.streams[u.Stream]; err != nil {
		return err
	}
	err := fmt.Errorf("%w: %w", ErrAside, &u)
	if len(a.streams) >= maxAside {
		j.fail(fmt.Errorf("%d streams cannot be read: %w", maxAside+1, err))
		return err
	}
	if a.streams == nil {
		a.streams = make(map[string]error)
	}
	a.streams[u.Stream] = err
	j.stats.Aside.Add(1)
	j.o.Logger.Error("stream set aside: it cannot be read", "stream", u.Stream, "version", u.Version,
		"index", u.Index, "err", u.Err.Error())
	return err
}

// Aside is why a stream is set aside, nil when it is not: the error is an ErrAside.
func (j *Journal) Aside(stream string) error {
	j.aside.mu.RLock()
	defer j.aside.mu.RUnlock()
	return j.aside.streams[stream]
}
