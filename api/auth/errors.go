package auth

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrCredentials: no such login, or a wrong password; the two are never told apart.
	ErrCredentials = errors.New("login or password is wrong")
	// ErrToken: the token is missing, wrong, expired or revoked.
	ErrToken = errors.New("the token is not valid")
	// ErrBusy: too many sign-ins at once.
	ErrBusy = errors.New("too many sign-ins at once")
)

// TooManyError: sign-ins are refused for a while.
type TooManyError struct{ Wait time.Duration }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("too many failed sign-ins, wait %v", e.Wait)
}
