package wire

// Limits bound what one message may be. The zero value of a field means its default.
type Limits struct {
	MessageBytes int // whole message, default 65535 (the largest UDP payload)
	LineBytes    int // one header after unfolding, default 8192
	Headers      int // header lines, default 256
	Vias         int // Via values over all Via lines, default 64
}

// Default limits.
const (
	DefaultMessageBytes = 65535
	DefaultLineBytes    = 8192
	DefaultHeaders      = 256
	DefaultVias         = 64
)

// WithDefaults returns the limits with every zero field set to its default.
func (l Limits) WithDefaults() Limits {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&l.MessageBytes, DefaultMessageBytes)
	set(&l.LineBytes, DefaultLineBytes)
	set(&l.Headers, DefaultHeaders)
	set(&l.Vias, DefaultVias)
	return l
}
