package callcenter

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// StateHash is a hash over what a message holds, in an encoding of our own: fields that are set, by number, each with
// its number and value. It does not depend on a protobuf library, and a field that a later version adds and an old
// journal never sets leaves it as it is. No state has a map.
func StateHash(m proto.Message) uint64 {
	h := hasher{d: xxhash.New()}
	h.message(m.ProtoReflect())
	return h.d.Sum64()
}

type hasher struct{ d *xxhash.Digest }

func (h *hasher) number(n uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	_, _ = h.d.Write(b[:]) // a hash takes everything
}

func (h *hasher) bytes(s []byte) {
	h.number(uint64(len(s)))
	_, _ = h.d.Write(s)
}

func (h *hasher) message(m protoreflect.Message) {
	set := SetFields(m)
	h.number(uint64(len(set)))
	for _, f := range set {
		h.number(uint64(f.Number()))
		if !f.IsList() {
			h.value(f, m.Get(f))
			continue
		}
		list := m.Get(f).List()
		h.number(uint64(list.Len()))
		for i := range list.Len() {
			h.value(f, list.Get(i))
		}
	}
}

func (h *hasher) value(f protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch f.Kind() { //nolint:exhaustive // the others are whole numbers
	case protoreflect.MessageKind:
		h.message(v.Message())
	case protoreflect.StringKind:
		h.bytes([]byte(v.String()))
	case protoreflect.BytesKind:
		h.bytes(v.Bytes())
	case protoreflect.BoolKind:
		h.number(1) // a set bool is true, but in a list
		if !v.Bool() {
			h.number(0)
		}
	case protoreflect.EnumKind:
		h.number(uint64(v.Enum()))
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		h.number(v.Uint())
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		h.number(math.Float64bits(v.Float()))
	default:
		h.number(uint64(v.Int()))
	}
}

// SetFields lists the fields of a message that are set, by number.
func SetFields(m protoreflect.Message) []protoreflect.FieldDescriptor {
	var set []protoreflect.FieldDescriptor
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		set = append(set, f)
		return true
	})
	slices.SortFunc(set, func(a, b protoreflect.FieldDescriptor) int { return int(a.Number()) - int(b.Number()) })
	return set
}
