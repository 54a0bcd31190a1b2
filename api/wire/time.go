package wire

import (
	"time"

	"github.com/invopop/jsonschema"
)

// Time is RFC 3339 in UTC with milliseconds; "" is never.
type Time string

const layout = "2006-01-02T15:04:05.000Z"

// At writes milliseconds since the Unix epoch; 0 is never.
func At(ms int64) Time {
	if ms == 0 {
		return ""
	}
	return Time(time.UnixMilli(ms).UTC().Format(layout))
}

// JSONSchema tells the published schema what the string is.
func (Time) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "date-time"}
}
