package desk

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Each field of an agent's summary that others see counts as a change for them, and no other does.
func TestSamePublicKnowsEveryFieldOthersSee(t *testing.T) {
	dir := cc.NewDirectory(&cc.Center{})
	view := func(s *cc.AgentSummary) wire.Agent { return *wire.NewAgent("a", s, dir).Public() }
	fields := (&cc.AgentSummary{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		was, now := &cc.AgentSummary{}, &cc.AgentSummary{}
		var v protoreflect.Value
		if f.IsList() { // of bubbles taken meanwhile: the agent's own
			now.Notices = []*cc.BubbleMark{{Call: "x"}}
			require.True(t, samePublic(was, now))
			continue
		}
		switch f.Kind() {
		case protoreflect.StringKind:
			v = protoreflect.ValueOfString("x")
		case protoreflect.BoolKind:
			v = protoreflect.ValueOfBool(true)
		case protoreflect.EnumKind:
			v = protoreflect.ValueOfEnum(2)
		case protoreflect.Int64Kind:
			v = protoreflect.ValueOfInt64(1_700_000_000_000)
		case protoreflect.Int32Kind:
			v = protoreflect.ValueOfInt32(7)
		case protoreflect.MessageKind: // the list of other calls
			continue
		default:
			t.Fatalf("%s is of a kind this test does not know", f.Name())
		}
		if f.IsList() {
			now.ProtoReflect().Mutable(f).List().Append(v)
		} else {
			now.ProtoReflect().Set(f, v)
		}
		require.Equal(t, reflect.DeepEqual(view(was), view(now)), samePublic(was, now), "%s", f.Name())
	}
	require.False(t, samePublic(nil, &cc.AgentSummary{}))
}
