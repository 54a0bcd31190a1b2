package callcenter

// HideLeg takes the leg out of an offer that is shown; nil is left alone.
func (o *Offer) HideLeg() {
	if o != nil {
		o.Leg = ""
	}
}
