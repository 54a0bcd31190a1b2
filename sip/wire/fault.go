package wire

import "fmt"

// Fault says why a message is refused and how a request with it is answered. A response with a fault is dropped.
type Fault struct {
	Code   int     // SIP status code
	Reason string  // reason phrase
	Close  bool    // the stream has lost its message boundary: answer, then close it
	Extra  []Field // headers the answer must carry, such as Unsupported
}

// Error makes a Fault usable as an error.
func (f *Fault) Error() string { return fmt.Sprintf("%d %s", f.Code, f.Reason) }

func bad(reason string) *Fault { return &Fault{Code: 400, Reason: reason} }

func badFrame(reason string) *Fault { return &Fault{Code: 400, Reason: reason, Close: true} }
