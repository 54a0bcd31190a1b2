package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// MaxID is the longest id of a command, in bytes; MaxValue the longest text in one, the token and fields with a
// limit of their own (tag max) aside.
const (
	MaxID    = 64
	MaxValue = 512
	maxToken = 4096
)

// shape is what Parse knows of a command type.
type shape struct {
	make     func() Command
	required []string
}

var shapes = sync.OnceValue(func() map[string]shape {
	m := make(map[string]shape)
	for _, c := range Commands() {
		m[c.Type] = shape{c.New, required(reflect.TypeOf(c.New()).Elem())}
	}
	return m
})

// required are the JSON names without omitempty.
func required(t reflect.Type) (out []string) {
	for f := range t.Fields() {
		if f.Anonymous {
			out = append(out, required(f.Type)...)
			continue
		}
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !strings.Contains(opts, "omitempty") {
			out = append(out, name)
		}
	}
	return out
}

// Parse reads one frame of a client. The error is an *Error; the id is given with it as far as it could be read.
func Parse(data []byte) (c Command, id string, err error) {
	if !utf8.Valid(data) {
		return nil, "", Errorf(CodeBadRequest, "a frame is JSON in UTF-8")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields == nil {
		return nil, "", Errorf(CodeBadRequest, "a frame is one JSON object")
	}
	var h CommandHead
	_ = json.Unmarshal(fields["id"], &h.ID)
	_ = json.Unmarshal(fields["type"], &h.Type)
	if h.ID == "" || len(h.ID) > MaxID {
		return nil, "", Errorf(CodeBadRequest, "id is a text of 1 to %d bytes", MaxID)
	}
	s, ok := shapes()[h.Type]
	if !ok {
		return nil, h.ID, Errorf(CodeUnknownType, "there is no command %.40q", h.Type)
	}
	for _, name := range s.required {
		if _, ok := fields[name]; !ok {
			return nil, h.ID, Errorf(CodeBadRequest, "%s is missing", name).With("field", name)
		}
	}
	c = s.make()
	if err := strict(data, c); err != nil {
		return nil, h.ID, err
	}
	return c, h.ID, tooLong(reflect.ValueOf(c).Elem())
}

// strict decodes and refuses unknown fields.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return Errorf(CodeBadRequest, "%s is of the wrong kind", wrong.Field).With("field", wrong.Field)
	case err != nil:
		return Errorf(CodeBadRequest, "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); err != io.EOF {
		return Errorf(CodeBadRequest, "a frame is one JSON object")
	}
	return nil
}

// tooLong gives a nil error interface when every text is short enough.
func tooLong(v reflect.Value) error {
	for i := range v.NumField() {
		f, t := v.Field(i), v.Type().Field(i)
		if t.Anonymous {
			continue
		}
		if f.Kind() == reflect.Pointer && !f.IsNil() {
			f = f.Elem()
		}
		if f.Kind() != reflect.String {
			continue
		}
		limit := MaxValue
		if t.Name == "Token" {
			limit = maxToken
		}
		if own, err := strconv.Atoi(t.Tag.Get("max")); err == nil {
			limit = own
		}
		if f.Len() > limit {
			name, _, _ := strings.Cut(t.Tag.Get("json"), ",")
			return Errorf(CodeBadRequest, "%s is longer than %d bytes", name, limit).With("field", name)
		}
	}
	return nil
}

// Encode writes a numbered event without its prev; Splice adds that for each client.
func Encode(e Event, typ string, seq uint64, at Time) []byte {
	e.SetHead(typ, seq, at)
	return encode(e)
}

// EncodeAnswer writes an answer.
func EncodeAnswer(a *Answer) []byte { return encode(a) }

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("wire: a frame that cannot be encoded: " + err.Error()) //nolint:forbidigo // plain structs always can
	}
	return b
}

// Splice appends a shared frame with this client's prev to buf.
func Splice(buf, frame []byte, prev uint64) []byte {
	buf = append(buf, `{"prev":`...)
	buf = strconv.AppendUint(buf, prev, 10)
	buf = append(buf, ',')
	return append(buf, frame[1:]...)
}
