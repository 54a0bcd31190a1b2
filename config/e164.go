package config

import (
	"errors"
	"fmt"

	"github.com/nyaruka/phonenumbers"
)

// ErrNumber is returned by E164 for a text that is no telephone number.
var ErrNumber = errors.New("not a telephone number")

// E164 gives a number in any spelling its one form: + and digits. region is the country whose national spelling is
// understood (company.region); empty: the text must begin with + and the country code. The core knows only this form.
func E164(text, region string) (string, error) {
	if len(text) > 64 {
		return "", fmt.Errorf("%w: %d octets", ErrNumber, len(text))
	}
	if region == "" {
		region = phonenumbers.UNKNOWN_REGION
	}
	n, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", fmt.Errorf("%w: %s", ErrNumber, quote(text))
	}
	if n.GetExtension() != "" || !phonenumbers.IsPossibleNumber(n) {
		return "", fmt.Errorf("%w: %s", ErrNumber, quote(text))
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}
