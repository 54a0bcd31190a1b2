package hooks

import (
	"context"
	"encoding/json"
	"fmt"
)

// Prefix is where places are kept in the journal's index: hook/<id> -> Place as JSON.
const Prefix = "hook/"

// Place is how far a webhook is, and how it fails.
type Place struct {
	Position  uint64 `json:"position"`             // everything up to it was delivered or is nobody's business
	Last      uint64 `json:"last"`                 // seq of the last event delivered, or where the webhook began
	FailingMs int64  `json:"failing_ms,omitempty"` // since when it has failed; 0: it does not
	ParkedMs  int64  `json:"parked_ms,omitempty"`  // since when it is parked; 0: it is not
	LostFrom  uint64 `json:"lost_from,omitempty"`  // events after it up to Position were no longer kept, not yet told
}

// Store is the durable place of places. Put waits until it is durable, and fails on a node that does not own the
// company any more: so only one node delivers.
type Store interface {
	Get(key string) ([]byte, bool)
	Put(ctx context.Context, key string, value []byte) error
}

func load(s Store, id string) (p Place, ok bool, err error) {
	value, ok := s.Get(Prefix + id)
	if !ok {
		return p, false, nil
	}
	if err := json.Unmarshal(value, &p); err != nil {
		return p, false, fmt.Errorf("reading the place of webhook %s: %w", id, err)
	}
	return p, true, nil
}

func (p *Place) save(ctx context.Context, s Store, id string) error {
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encoding the place of webhook %s: %w", id, err)
	}
	return s.Put(ctx, Prefix+id, value)
}
