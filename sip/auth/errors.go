package auth

import "errors"

// ErrNoRandom means that the system gave no random octets for the nonce key.
var ErrNoRandom = errors.New("auth: no random octets for the nonce key")
