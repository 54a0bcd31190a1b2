package b2bua

import cc "github.com/wirechief/wirechief/callcenter"

// Unknown is what a call that cannot be found would answer to another call: it hears everything, so that nobody repeats
// it for ever. False: it would say nothing.
func Unknown(t cc.TellCall) (*cc.Command, bool) {
	if m, ok := t.Cmd.Message().(*cc.PlaceNews); ok {
		return cc.NewCommand(&cc.PlaceHeard{From: t.Call, Told: m.Told}), true
	}
	return nil, false
}
