package call

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	cc "github.com/wirechief/wirechief/callcenter"
)

// unseen fields say nothing in a story that is not said elsewhere.
var unseen = map[protoreflect.Name]bool{
	"policy": true, "explain": true, "company": true, "timer_seq": true, "wait_seq": true, "connect_seq": true,
	"redial_window_ms": true, "mode": true, "made_ms": true, "call": true, "wrapup": true, "number_role": true, "trunk": true,
	"channel": true,
}

// show prints a message with its set fields, moments as time of the story.
func show(m proto.Message, name string) string {
	var b strings.Builder
	b.WriteString(name)
	r := m.ProtoReflect()
	fields := r.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !r.Has(f) || unseen[f.Name()] {
			continue
		}
		v := r.Get(f)
		if f.Kind() == protoreflect.MessageKind && !f.IsList() {
			b.WriteString(strings.TrimPrefix(show(v.Message().Interface(), ""), name))
			continue
		}
		if f.Kind() == protoreflect.MessageKind {
			for i := range v.List().Len() {
				fmt.Fprintf(&b, " %s{%s}", f.Name(), strings.TrimSpace(show(v.List().Get(i).Message().Interface(), "")))
			}
			continue
		}
		fmt.Fprintf(&b, " %s=%s", f.Name(), showValue(f, v))
	}
	return b.String()
}

func showValue(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	if f.IsList() && f.Kind() == protoreflect.Int64Kind {
		var moments []string
		for i := range v.List().Len() {
			moments = append(moments, ago(v.List().Get(i).Int()))
		}
		return strings.Join(moments, ",")
	}
	switch f.Kind() {
	case protoreflect.EnumKind:
		return strings.ToLower(string(f.Enum().Values().ByNumber(v.Enum()).Name()))
	case protoreflect.Int64Kind:
		if v.Int() >= epochMs {
			return ago(v.Int())
		}
	}
	switch {
	case f.IsList() && f.Kind() == protoreflect.StringKind:
		var items []string
		for i := range v.List().Len() {
			items = append(items, v.List().Get(i).String())
		}
		return "[" + strings.Join(items, " ") + "]"
	case f.IsList() && f.Kind() == protoreflect.MessageKind:
		var items []string
		for i := range v.List().Len() {
			items = append(items, strings.TrimSpace(show(v.List().Get(i).Message().Interface(), "")))
		}
		return "[" + strings.Join(items, "; ") + "]"
	case f.Kind() == protoreflect.BytesKind:
		return strconv.Quote(string(v.Bytes()))
	}
	return v.String()
}

func showEffect(e cc.Effect) string {
	switch e := e.(type) {
	case cc.SetTimer:
		return "timer " + e.Name + " at " + ago(e.AtMs)
	case cc.TellAgent:
		return "tell " + e.Agent + " " + show(e.Cmd.Message().(proto.Message), e.Cmd.Name())
	case cc.TellCall:
		return "tell call " + e.Call + " " + show(e.Cmd.Message().(proto.Message), e.Cmd.Name())
	case cc.EndLeg:
		if e.Elsewhere {
			return "EndLeg " + e.Leg + ", completed elsewhere"
		}
		if e.Cause == cc.EndCause_END_NONE {
			return "EndLeg " + e.Leg
		}
		return "EndLeg " + e.Leg + " " + strings.ToLower(e.Cause.String())
	case cc.RejectCaller:
		return fmt.Sprintf("RejectCaller %s %d", e.Leg, e.Code)
	case cc.DialAgent:
		if e.AutoAnswer {
			return fmt.Sprintf("DialAgent %s for %s, auto-answer", e.Leg, e.Agent)
		}
		return fmt.Sprintf("DialAgent %s for %s", e.Leg, e.Agent)
	}
	s := strings.TrimPrefix(fmt.Sprintf("%T", e), "callcenter.")
	return s + strings.TrimSuffix(strings.Replace(fmt.Sprintf(" %v", e), "{", "", 1), "}")
}

// stateLine is where the call stands, in one line.
func (st *story) stateLine() string {
	s := st.s
	var b strings.Builder
	fmt.Fprintf(&b, "  = %s", strings.ToLower(s.Phase.String()))
	add := func(cond bool, format string, args ...any) {
		if cond {
			fmt.Fprintf(&b, format, args...)
		}
	}
	inQueue := s.Phase == cc.CallPhase_WAITING || s.Phase == cc.CallPhase_OFFERED
	add(inQueue, " in %s since %s", s.Queue, ago(s.EnqueuedMs))
	add(s.Offer != nil, " to %s", s.Offer.GetAgent())
	for _, o := range s.MoreOffers {
		add(true, ",%s", o.Agent)
	}
	add(s.Offer.GetConnecting(), " connecting")
	add(inQueue && s.Place != "", " in the place of %s", s.Place)
	add(s.Agent != "", " with %s", s.Agent)
	add(s.Held, " held")
	add(inQueue && s.ConnectedMs == 0, ", ringing")
	add(s.EndCause != 0, " by %s", strings.ToLower(s.EndCause.String()))
	add(len(s.Segments) > 0 && s.Agent == "", ", talk %dms hold %dms", talkMs(s), holdMs(s))
	fmt.Fprintf(&b, "; bubble %s %s", lower(s.Media, "MEDIA_"), lower(s.Desk, "DESK_"))
	add(s.Owner != "", " of %s/%d", s.Owner, s.OwnerEpoch)
	add(s.Link != 0, ", linked %s", lower(s.Link, "LINK_"))
	add(s.Class != 0, ", %s", strings.ToLower(s.Class.String()))
	add(s.Class != 0 && s.Provisional, "?")
	add(s.Corrected != nil && AsCorrected(s) != s.Class, " corrected to %s", strings.ToLower(AsCorrected(s).String()))
	add(s.Draft != nil, ", draft %d", s.Draft.GetVersion())
	add(Summary(s).Unattached && s.Desk == cc.BubbleDesk_DESK_CLOSED, ", unattached")
	add(s.Resumes != "", ", resumes %s", s.Resumes)
	add(s.ResumedBy != "", ", resumed by %s", s.ResumedBy)
	for _, t := range s.Tried {
		fmt.Fprintf(&b, "; %s not before %s", t.Agent, ago(t.ReofferAtMs))
	}
	for _, t := range s.Tells {
		if !st.manualAcks {
			break
		}
		fmt.Fprintf(&b, "; %s to be told of %s", t.Agent, t.Offer)
	}
	add(Done(s), "; done")
	b.WriteString("\n")
	return b.String()
}

func lower(v fmt.Stringer, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(v.String(), prefix))
}

func upper(s string) string { return strings.ToUpper(s) }
