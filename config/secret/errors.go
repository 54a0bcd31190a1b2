package secret

import "errors"

var (
	// ErrFormat is returned for a stored hash that is not an argon2id PHC string within the limits of this package.
	ErrFormat = errors.New("not an argon2id hash")
	// ErrPassword is returned by Hash for a password outside MinPassword..MaxPassword octets.
	ErrPassword = errors.New("password length not allowed")
	// ErrReadable is returned for a key file that others than its owner can read.
	ErrReadable = errors.New("key file can be read by others, chmod 600")
	// ErrKeyLength is returned for a key file of the wrong length.
	ErrKeyLength = errors.New("key file has the wrong length")
)
