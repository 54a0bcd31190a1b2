package figures

// Ratio is a figure made of two sums: Num over Den. Nothing over nothing is no figure.
type Ratio struct {
	Name    string
	Label   string
	Formula string
	Unit    string // share, or ms for a mean
	num     []term
	den     []term
}

// term adds a measure, or with minus takes it away.
type term struct {
	measure string
	minus   bool
}

func plus(measures ...string) []term {
	out := make([]term, len(measures))
	for i, m := range measures {
		out[i].measure = m
	}
	return out
}

func minus(measures ...string) []term {
	out := plus(measures...)
	for i := range out {
		out[i].minus = true
	}
	return out
}

// Value is a ratio as two whole numbers.
type Value struct{ Num, Den int64 }

// Names of the service levels.
const (
	Basic     = "basic"
	SLOffered = "offered"
	Asterisk2 = "asterisk2"
	Genesys   = "genesys"
)

// ServiceLevels are the names of Options.SL.
func ServiceLevels() []string { return []string{Genesys, Basic, SLOffered, Asterisk2} }

// Ratios are all ratios under these options, in the order they are shown; the first is the service level chosen.
func Ratios(o *Options) []Ratio {
	levels := []Ratio{
		{"sl_basic", "service level, of the answered", "answered<=T / answered", "share", plus(AnsweredInTime), plus(Answered)},
		{"sl_offered", "service level, of answered and abandoned", "answered<=T / (answered + abandoned)", "share",
			plus(AnsweredInTime), plus(Answered, Abandoned)},
		{"sl_asterisk2", "service level, abandons in time are good", "(answered<=T + abandoned<=T) / (answered + abandoned)",
			"share", plus(AnsweredInTime, AbandonInTime), plus(Answered, Abandoned)},
		genesys(o),
	}
	chosen := levels[len(levels)-1]
	for _, l := range levels {
		if l.Name == "sl_"+o.SL {
			chosen = l
		}
	}
	chosen.Label, chosen.Name = "service level as chosen: "+chosen.Name, "service_level"
	out := append([]Ratio{chosen}, levels...)
	return append(out,
		Ratio{"abandon_rate", "abandonment", "(abandoned - short) / (offered - short)", "share",
			append(plus(Abandoned), minus(AbandonedShort)...), append(plus(Offered), minus(AbandonedShort)...)},
		Ratio{"abandon_rate_queued", "abandonment, of all queued", "abandoned / offered; callbacks are not abandoned", "share",
			plus(Abandoned), plus(Offered)},
		Ratio{"asa_ms", "average speed of answer", "wait of answered / answered", "ms", plus(WaitAnswered), plus(Answered)},
		Ratio{"aht_ms", "average handle time", "(talk + hold + wrap-up) / handled", "ms",
			plus(TalkTime, HoldTime, WrapTime), plus(Handled)},
		Ratio{"occupancy", "occupancy", "handle time / (handle time + idle while Available)", "share",
			plus(HandleTime), plus(HandleTime, IdleTime)},
		Ratio{"utilisation", "utilisation", "handle time / signed in", "share", plus(HandleTime), plus(SignedIn)},
		Ratio{"miss_rate", "miss rate", "missed / (missed + answered + rejected); caller_gave_up is no miss", "share",
			plus(Missed), plus(Missed, Accepted, Rejected)},
		Ratio{"booking_rate", "booking rate", "booked / (booked + unbooked)", "share", plus(Booked), plus(Booked, Unbooked)},
	)
}

// genesys is the service level whose denominator is a setting.
func genesys(o *Options) Ratio {
	r := Ratio{Name: "sl_genesys", Label: "service level, denominator as set", Unit: "share",
		num: append(plus(Answered), minus(AnsweredLate)...), den: plus(Answered)}
	formula := "answered"
	if !o.WithoutAbandons {
		r.den, formula = append(r.den, plus(Abandoned)...), formula+" + abandoned"
	}
	if o.WithFlowedOut {
		r.den, formula = append(r.den, plus(FlowedOut)...), formula+" + flowed out"
	}
	if !o.WithShort && !o.WithoutAbandons {
		r.den, formula = append(r.den, minus(AbandonedShort)...), formula+" - short"
	}
	r.Formula = "(answered - answered late) / (" + formula + ")"
	return r
}

// Of is the ratio of a row's sums.
func (r *Ratio) Of(sums []int64) Value {
	return Value{add(r.num, sums), add(r.den, sums)}
}

// Parts names the measures that a ratio is made of: those can be drilled.
func (r *Ratio) Parts() (out []string) {
	for _, t := range append(append([]term(nil), r.num...), r.den...) {
		out = append(out, t.measure)
	}
	return out
}

func add(terms []term, sums []int64) (n int64) {
	for _, t := range terms {
		v := sums[MeasureOf(t.measure)]
		if t.minus {
			v = -v
		}
		n += v
	}
	return n
}
