package sdp

import "errors"

// Errors of Parse, Answer and Choose, wrapped with the line or value that is wrong.
var (
	ErrTooLarge = errors.New("sdp: description exceeds a limit")
	ErrSyntax   = errors.New("sdp: malformed line")
	ErrAddress  = errors.New("sdp: unusable connection address")
	ErrNoAudio  = errors.New("sdp: no audio stream we can take")
	ErrNoCodec  = errors.New("sdp: no codec in common")
	ErrMedia    = errors.New("sdp: answer does not match our offer")
)
