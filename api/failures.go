package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// useErrors makes the framework answer its own refusals in our shape. The hook is global to the process.
var useErrors = sync.OnceFunc(func() { huma.NewError = newError })

func newError(status int, msg string, errs ...error) huma.StatusError {
	code := codeOf(status)
	if code == wire.CodeInternal {
		return wire.Errorf(code, "something went wrong here")
	}
	e := &wire.Error{Status: status, Code: code, Message: msg}
	if status == http.StatusUnprocessableEntity {
		e.Status = http.StatusBadRequest
	}
	for _, err := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			e.Message = d.Message
			if d.Location != "" {
				e = e.With("field", strings.TrimPrefix(d.Location, "body."))
			}
			break
		}
	}
	return e
}

// codeOf is the code of a refusal that has only a status.
func codeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return wire.CodeUnauthorized
	case http.StatusForbidden:
		return wire.CodeForbidden
	case http.StatusNotFound:
		return cc.CodeNotFound
	case http.StatusMethodNotAllowed:
		return wire.CodeMethodNotAllowed
	case http.StatusRequestEntityTooLarge:
		return wire.CodeTooLarge
	case http.StatusUnsupportedMediaType:
		return wire.CodeMediaType
	}
	if status >= http.StatusInternalServerError {
		return wire.CodeInternal
	}
	return wire.CodeBadRequest
}

// writeError answers outside the framework.
func writeError(w http.ResponseWriter, e *wire.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Del("Content-Length")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(e) //nolint:errchkjson // texts always encode; the connection may be gone
}

// refuse answers from a middleware of the framework.
func refuse(ctx huma.Context, e *wire.Error) {
	ctx.SetHeader("Content-Type", "application/json")
	if e.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
	}
	ctx.SetStatus(e.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(e) //nolint:errchkjson // texts always encode; the connection may be gone
}
