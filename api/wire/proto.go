package wire

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// firstTimeMs tells times from durations among fields in milliseconds: September 2001, or 31 years.
const firstTimeMs = 1_000_000_000_000

// Fields shows a message of the core with all its fields that are set, by name: times as RFC 3339 (without _ms in the
// name), durations in ms, enums as words, bytes as their count.
func Fields(m protoreflect.Message) map[string]any {
	out := make(map[string]any)
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := string(f.Name())
		switch {
		case f.IsMap():
		case f.IsList():
			list := make([]any, v.List().Len())
			for i := range list {
				_, list[i] = field("", f, v.List().Get(i))
			}
			out[name] = list
		default:
			name, value := field(name, f, v)
			out[name] = value
		}
		return true
	})
	return out
}

func field(name string, f protoreflect.FieldDescriptor, v protoreflect.Value) (string, any) {
	switch f.Kind() {
	case protoreflect.EnumKind:
		d := f.Enum().Values().ByNumber(v.Enum())
		if d == nil {
			return name, int32(v.Enum())
		}
		return name, strings.ToLower(string(d.Name()))
	case protoreflect.MessageKind:
		return name, Fields(v.Message())
	case protoreflect.BytesKind:
		return name + "_bytes", len(v.Bytes())
	case protoreflect.Int64Kind:
		if short, ok := strings.CutSuffix(name, "_ms"); ok && v.Int() >= firstTimeMs {
			return short, At(v.Int())
		}
	}
	return name, v.Interface()
}

// Body shows the one message inside a command's or event's envelope: its name and fields.
func Body(m protoreflect.Message) (name string, fields map[string]any) {
	one := m.Descriptor().Oneofs().ByName("body")
	if one == nil {
		return "", nil
	}
	f := m.WhichOneof(one)
	if f == nil {
		return "", nil
	}
	return string(f.Name()), Fields(m.Get(f).Message())
}
