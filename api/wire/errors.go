package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Codes of the API itself, beside callcenter's. Never renamed.
const (
	CodeBadRequest       = "bad_request"        // not JSON, an unknown field, a missing or wrong one
	CodeUnknownType      = "unknown_type"       // no such command
	CodeUnauthorized     = "unauthorized"       // no token, a bad or expired one, wrong login or password
	CodeForbidden        = "forbidden"          // the role does not have the permission
	CodeTooManyAttempts  = "too_many_attempts"  // failed sign-ins; detail retry_after_ms
	CodeTooLarge         = "too_large"          // body or frame over 64 KiB, center or directory file over 8 MiB
	CodeMethodNotAllowed = "method_not_allowed" // the path is known, the method is not
	CodeMediaType        = "unsupported_media"  // the body is not application/json
	CodeBadCenter        = "bad_center"         // a center file with mistakes; detail mistakes has a line each, with line and field
	CodeCenterChanged    = "center_changed"     // another version is in force than the one named; detail version
	CodeTooOld           = "too_old"            // events after this seq are no longer kept; detail first is the first seq there is
	CodeBadImport        = "bad_import"         // a directory file with mistakes; detail mistakes has a line each, with line and column
	CodeTaken            = "taken"              // a location is another customer's, or a customer to be deleted has jobs
	CodeUnknownOutcome   = "outcome_unknown"    // no answer in time: the command may have been carried out
	CodeInternal         = "internal"           // a fault of ours; the log has it
)

// Error is the one shape of a refusal.
type Error struct {
	Status  int               `json:"-"`
	Code    string            `json:"code" doc:"Stable machine code, see docs/errors.md"`
	Message string            `json:"message" doc:"A sentence for people"`
	Details map[string]string `json:"details,omitempty" doc:"Named values that belong to the code"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// GetStatus is the HTTP status.
func (e *Error) GetStatus() int { return e.Status }

// Errorf makes an error with the status of its code.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Status: Status(code), Code: code, Message: fmt.Sprintf(format, args...)}
}

// With adds a named value and returns the error.
func (e *Error) With(name, value string) *Error {
	if e.Details == nil {
		e.Details = make(map[string]string)
	}
	e.Details[name] = value
	return e
}

// FromError is what a client is told of an error; ones without a code are ours and say nothing of their cause.
func FromError(err error) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if e, ok := errors.AsType[*cc.Error](err); ok {
		out := Errorf(e.Code, "%s", e.Message)
		for _, d := range e.Details {
			out = out.With(d.Name, d.Value)
		}
		return out
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Errorf(CodeUnknownOutcome, "no answer in time; look at the state before trying again")
	}
	return Errorf(CodeInternal, "something went wrong here")
}

// Status is the HTTP status of a code.
func Status(code string) int {
	switch code {
	case CodeBadRequest, CodeUnknownType, CodeBadCenter, CodeBadImport, cc.CodeBadCommand, cc.CodeReasonRequired,
		cc.CodeReasonUnknown, cc.CodeReasonSystem, cc.CodeActionUnknown, cc.CodeNotALead, cc.CodeDatePast, cc.CodeNoClass:
		return http.StatusBadRequest
	case CodeUnauthorized:
		return http.StatusUnauthorized
	case CodeForbidden, cc.CodeNotYours, cc.CodeNoGrant:
		return http.StatusForbidden
	case cc.CodeNotFound:
		return http.StatusNotFound
	case CodeTooOld:
		return http.StatusGone
	case CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeMediaType:
		return http.StatusUnsupportedMediaType
	case CodeTooManyAttempts:
		return http.StatusTooManyRequests
	case cc.CodeOverloaded, cc.CodeUnavailable:
		return http.StatusServiceUnavailable
	case CodeUnknownOutcome:
		return http.StatusGatewayTimeout
	case CodeInternal, cc.CodeUnreadable:
		return http.StatusInternalServerError
	}
	return http.StatusConflict // a rule says no as things stand now
}
