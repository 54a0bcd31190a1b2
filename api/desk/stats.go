package desk

import "sync/atomic"

// Stats count what the hub and its sessions do; published as wirechief_api_ws_*.
type Stats struct {
	Clients                                                                  atomic.Int64
	Opened, Refused, Frames, Replayed, Snapshots, Slow                       atomic.Uint64
	Commands, CommandErrors, BadFrames, Limited, Lagged, Cut, Wakes, Encoded atomic.Uint64
	GoodbyesRepeated                                                         atomic.Uint64
}

// Each gives every counter by name.
func (s *Stats) Each(f func(name string, v float64)) {
	f("ws_clients", float64(s.Clients.Load()))
	for _, c := range []struct {
		name string
		v    *atomic.Uint64
	}{
		{"ws_opened_total", &s.Opened}, {"ws_refused_total", &s.Refused}, {"ws_frames_total", &s.Frames},
		{"ws_replayed_frames_total", &s.Replayed}, {"ws_snapshots_total", &s.Snapshots},
		{"ws_slow_total", &s.Slow}, {"ws_commands_total", &s.Commands},
		{"ws_command_errors_total", &s.CommandErrors}, {"ws_bad_frames_total", &s.BadFrames},
		{"ws_limited_total", &s.Limited}, {"ws_lagged_total", &s.Lagged}, {"ws_cut_total", &s.Cut},
		{"ws_wakes_total", &s.Wakes}, {"ws_encoded_total", &s.Encoded},
		{"ws_goodbyes_repeated_total", &s.GoodbyesRepeated},
	} {
		f(c.name, float64(c.v.Load()))
	}
}
