package replay

import (
	"bytes"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// decide asks the rules again what the record's commands lead to. The record with those events must be the same to the
// byte; else the events are compared one by one.
func (x *run) decide(r *cc.Record, rec machine.Record) {
	dir, err := x.configs.at(r.ConfigVersion)
	if err != nil {
		x.differ(Difference{Version: rec.Version, Index: rec.Index, Kind: Unreadable, Field: "config_version", Replayed: err.Error()})
		return
	}
	x.rep.Decided++
	var events []*cc.Event
	x.guard(func() error {
		events = x.sub.decide(r, cc.Env{NowMs: r.NowMs, Dir: dir, IDs: cc.NewIDs(r.Seed)})
		return nil
	})
	if x.failed {
		return
	}
	again := &cc.Record{
		NowMs: r.NowMs, RulesVersion: r.RulesVersion, ConfigVersion: r.ConfigVersion, AppliedSeen: r.AppliedSeen,
		Seed: r.Seed, Command: r.Command, Further: r.Further, Events: events, Legs: r.Legs,
	}
	if data, err := again.MarshalVT(); err == nil && bytes.Equal(data, rec.Data) {
		return
	}
	x.compareEvents(r, events)
}

func (x *run) compareEvents(r *cc.Record, events []*cc.Event) {
	d := Difference{Version: x.at.Version, Index: x.at.Index, Kind: Events}
	found := false
	for i := range max(len(r.Events), len(events)) {
		d.Recorded, d.Replayed = "", ""
		var was, is []byte
		if i < len(r.Events) {
			d.Recorded = event(r.Events[i])
			was, _ = r.Events[i].MarshalVT()
		}
		if i < len(events) {
			d.Replayed = event(events[i])
			is, _ = events[i].MarshalVT()
		}
		if d.Recorded != "" && d.Replayed != "" && bytes.Equal(was, is) {
			continue
		}
		found = true
		d.Field = r.Command.Name()
		if i < len(r.Events) && i < len(events) && r.Events[i].Name() == events[i].Name() {
			for _, f := range diff(r.Events[i], events[i]) {
				d.Field, d.Recorded, d.Replayed = f.path, f.was, f.is
				x.differ(d)
			}
			continue
		}
		x.differ(d)
	}
	if !found {
		d.Kind, d.Recorded, d.Replayed = Bytes, "these events in other bytes", "the same events"
		x.differ(d)
	}
}
