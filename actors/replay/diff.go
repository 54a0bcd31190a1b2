package replay

import (
	"fmt"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	cc "github.com/wirechief/wirechief/callcenter"
)

// fieldDiff is one field in which two messages differ.
type fieldDiff struct{ path, was, is string }

// diff lists the fields in which two messages of one type differ, at most maxFields.
func diff(was, is proto.Message) []fieldDiff {
	var d differ
	d.message("", was.ProtoReflect(), is.ProtoReflect())
	return d.out
}

type differ struct{ out []fieldDiff }

func (d *differ) message(path string, was, is protoreflect.Message) {
	var fields []protoreflect.FieldDescriptor
	seen := map[protoreflect.FieldNumber]bool{}
	for _, f := range append(cc.SetFields(was), cc.SetFields(is)...) {
		if !seen[f.Number()] {
			seen[f.Number()] = true
			fields = append(fields, f)
		}
	}
	for _, f := range fields {
		if len(d.out) >= maxFields {
			return
		}
		at := path + string(f.Name())
		switch {
		case f.IsList():
			d.list(at, f, was.Get(f).List(), is.Get(f).List())
		case f.Kind() == protoreflect.MessageKind && was.Has(f) && is.Has(f):
			d.message(at+".", was.Get(f).Message(), is.Get(f).Message())
		case was.Has(f) != is.Has(f) || !was.Get(f).Equal(is.Get(f)):
			d.add(at, one(f, was), one(f, is))
		}
	}
}

func (d *differ) list(path string, f protoreflect.FieldDescriptor, was, is protoreflect.List) {
	for i := range max(was.Len(), is.Len()) {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case len(d.out) >= maxFields:
			return
		case i >= was.Len():
			d.add(at, "", text(f, is.Get(i)))
		case i >= is.Len():
			d.add(at, text(f, was.Get(i)), "")
		case f.Kind() == protoreflect.MessageKind:
			d.message(at+".", was.Get(i).Message(), is.Get(i).Message())
		case !was.Get(i).Equal(is.Get(i)):
			d.add(at, text(f, was.Get(i)), text(f, is.Get(i)))
		}
	}
}

func (d *differ) add(path, was, is string) { d.out = append(d.out, fieldDiff{path, was, is}) }

func one(f protoreflect.FieldDescriptor, m protoreflect.Message) string {
	if !m.Has(f) {
		return ""
	}
	return text(f, m.Get(f))
}

func text(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch f.Kind() { //nolint:exhaustive // the others print well
	case protoreflect.MessageKind:
		return "{" + say(v.Message().Interface()) + "}"
	case protoreflect.EnumKind:
		if e := f.Enum().Values().ByNumber(v.Enum()); e != nil {
			return string(e.Name())
		}
	case protoreflect.StringKind:
		return fmt.Sprintf("%q", v.String())
	case protoreflect.BytesKind:
		return fmt.Sprintf("%x", v.Bytes())
	}
	return fmt.Sprint(v.Interface())
}

// say prints a message in one line.
func say(m proto.Message) string { return prototext.MarshalOptions{}.Format(m) }

// event names an event with what it says.
func event(e *cc.Event) string {
	m, ok := e.Message().(proto.Message)
	if !ok {
		return "an event of a later version"
	}
	return e.Name() + "{" + say(m) + "}"
}
