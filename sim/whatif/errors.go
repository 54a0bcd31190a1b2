package whatif

import "errors"

var (
	errNoConfig = errors.New("the journal holds no configuration")
	errNoCalls  = errors.New("the journal holds no calls in this range")
	errModel    = errors.New("a patience model is km, exponential, exponential:MEAN or constant:TIME, e.g. constant:60s")
)
