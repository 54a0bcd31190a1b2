package api

import (
	"context"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/persistence/machine"
)

// store keeps sign-ins in the journal's index.
type store struct{ e Engine }

func (s store) Get(key string) ([]byte, bool) {
	v := s.e.Journal().View()
	defer v.Close()
	return v.Get([]byte(key))
}

func (s store) Put(ctx context.Context, rows ...auth.Row) error {
	ops := make([]machine.IndexOp, len(rows))
	for i, r := range rows {
		ops[i] = machine.IndexOp{Key: []byte(r.Key), Value: r.Value, Delete: r.Value == nil}
	}
	return s.e.PutRows(ctx, ops...)
}

// places keeps how far webhooks have come, there too.
type places struct{ store }

func (p places) Put(ctx context.Context, key string, value []byte) error {
	return p.e.PutIndex(ctx, key, value)
}

func (s store) Scan(prefix string, fn func(key string, value []byte) bool) {
	v := s.e.Journal().View()
	defer v.Close()
	for k, value := range v.Scan([]byte(prefix)) {
		if !fn(string(k), value) {
			return
		}
	}
}
