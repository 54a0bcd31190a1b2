package api

import "context"

// store keeps sign-ins in the journal's index.
type store struct{ e Engine }

func (s store) Get(key string) ([]byte, bool) {
	v := s.e.Journal().View()
	defer v.Close()
	return v.Get([]byte(key))
}

func (s store) Put(ctx context.Context, key string, value []byte) error {
	return s.e.PutIndex(ctx, key, value)
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
