package feed

import (
	"errors"
	"fmt"
)

// ErrAhead is returned for a place that the journal has not reached.
var ErrAhead = errors.New("feed: the journal is not there yet")

// TooOldError says that the journal no longer has what came right after a place.
type TooOldError struct{ First uint64 } // the first seq there is

func (e *TooOldError) Error() string {
	return fmt.Sprintf("feed: the first event kept has seq %d", e.First)
}
