// Package number brings telephone numbers into the one form that the core knows: E.164, + and digits. It knows countries'
// national spellings and nothing of calls or of the inventory.
package number

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrNumber is returned by E164 for a text that is no telephone number.
var ErrNumber = errors.New("not a telephone number")

// maxText bounds what is looked at, in octets.
const maxText = 64

// minDigits: shorter texts on the wire are extensions and service codes, and stay as they are.
const minDigits = 7

// E164 gives a number in any spelling its one form. region is the country whose national spelling is understood
// (company.region); empty: the text must begin with + and the country code.
func E164(text, region string) (string, error) {
	n, err := parse(text, region)
	if err != nil {
		return "", err
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

func parse(text, region string) (*phonenumbers.PhoneNumber, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("%w: %d octets", ErrNumber, len(text))
	}
	if region == "" {
		region = phonenumbers.UNKNOWN_REGION
	}
	n, err := phonenumbers.Parse(text, region)
	if err != nil || n.GetExtension() != "" || !phonenumbers.IsPossibleNumber(n) {
		return nil, fmt.Errorf("%w: %q", ErrNumber, text)
	}
	return n, nil
}

// OnWire gives what a trunk or phone sends as a number its one form, as far as it is one: visual separators go; what has
// a + is taken as it is; digits alone are the region's national spelling where that makes a number in use (R5), else the
// country code with its + left out, as many carriers send it. Anything else stays as it came.
func OnWire(user, region string) string {
	user, _, _ = strings.Cut(user, ";")
	bare, plus := strings.CutPrefix(user, "+")
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case strings.ContainsRune("-. ()", r):
			return -1
		}
		return 'x'
	}, bare)
	if len(digits) < minDigits || len(digits) > maxText || strings.Contains(digits, "x") {
		return user
	}
	whole := "+" + digits
	if plus || region == "" {
		return whole
	}
	national, err := parse(digits, region)
	if err != nil {
		return whole
	}
	if !phonenumbers.IsValidNumber(national) {
		if n, err := parse(whole, region); err == nil && phonenumbers.IsValidNumber(n) {
			return whole
		}
	}
	return phonenumbers.Format(national, phonenumbers.E164)
}
