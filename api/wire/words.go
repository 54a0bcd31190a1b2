package wire

import cc "github.com/wirechief/wirechief/callcenter"

// Words of the core as clients see them.
func EndCause(c cc.EndCause) string     { return word(int32(c), c.String(), "END_") }
func Presence(p cc.Presence) string     { return presence(p) }
func Mode(m cc.CallMode) string         { return word(int32(m), m.String(), "") }
func WrapUpMode(m cc.WrapUpMode) string { return word(int32(m), m.String(), "WRAPUP_") }
