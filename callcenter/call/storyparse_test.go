package call

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	cc "github.com/wirechief/wirechief/callcenter"
)

// The cast of every story. ann, bob and cal serve acme (cal only that), dan serves zenith alone, sue supervises.
func demoCenter() *cc.Center {
	agent := func(id string, tenants ...string) *cc.Agent {
		return &cc.Agent{Id: id, Role: "csr", Tenants: tenants, Queues: []string{"sales"}}
	}
	return &cc.Center{
		Version: 1, Company: "co",
		Tenants: []*cc.Tenant{
			{Id: "acme", Record: true, TestCallers: []string{"+15550199"}, BlockedCallers: []string{"+15550666"}},
			{Id: "zenith", Record: true},
		},
		Campaigns: []*cc.Campaign{{Id: "radio", Tenant: "acme"}},
		Numbers: []*cc.Number{
			{E164: "+15550100", Role: cc.NumberRole_TRACKING, Tenant: "acme", Campaign: "radio", Workflow: "main"},
			{E164: "+15550101", Role: cc.NumberRole_TRACKING, Tenant: "zenith", Workflow: "nowhere"},
			{E164: "+15550102", Role: cc.NumberRole_FORWARDING, Tenant: "acme"},
			{E164: "+15550100", Role: cc.NumberRole_TRACKING, Tenant: "zenith", Workflow: "main", FromMs: epochMs + 86_400_000},
			{E164: "+15550103", Role: cc.NumberRole_SHARED, Workflow: "main"},
		},
		Workflows: []*cc.Workflow{{Id: "main", Steps: []*cc.WorkflowStep{{Queue: "sales"}}}},
		Queues: []*cc.Queue{
			{Id: "sales", Tenants: []string{"acme", "zenith"}, Offer: &cc.OfferPolicy{}, WeightMinutes: 2, Priority: 1},
			{Id: "overflow", Tenants: []string{"acme"}, Offer: &cc.OfferPolicy{}, MaxWaitMs: 60_000},
			{Id: "third", Tenants: []string{"acme"}, Offer: &cc.OfferPolicy{}, MaxWaitMs: 60_000},
		},
		Agents: []*cc.Agent{
			agent("ann", "acme", "zenith"), agent("bob", "acme", "zenith"), agent("cal", "acme"), agent("dan", "zenith"),
			{Id: "sue", Role: "supervisor"},
		},
		Reasons: []*cc.CallReason{
			{Id: "price", Tenant: "acme", Lead: true, Active: true},
			{Id: "wrong_number", Tenant: "acme", Active: true},
			{Id: "fax", Tenant: "acme"},
			{Id: "other_tenant", Tenant: "zenith", Active: true},
		},
	}
}

// parse turns the words of a line into a command. Legs: c is the caller's, <offer>-leg the agent's.
func (st *story) parse(w []string) any {
	arg := func(i int) string {
		if i < len(w) && !strings.Contains(w[i], "=") {
			return w[i]
		}
		return ""
	}
	m := st.command(w[0], arg)
	for _, word := range w[1:] {
		if a, ok := m.(*cc.Arrive); ok && strings.HasPrefix(word, "found=") {
			a.Found = append(a.Found, parseFound(st.t, word[len("found="):]))
		} else if k, v, ok := strings.Cut(word, "="); ok {
			setField(st.t, m, k, v)
		} else if word == "supervisor" || word == "lost" || word == "left" || word == "created" {
			setField(st.t, m, word, "true")
		}
	}
	return m
}

func (st *story) command(name string, arg func(int) string) proto.Message {
	switch name {
	case "grant":
		return &cc.OfferGranted{
			Offer: arg(1), Agent: arg(2), Queue: st.s.Queue, Policy: st.center.Queues[0].Offer, Reachable: true,
			AnswerOn: cc.AnswerOn_ON_PHONE, Leg: arg(1) + "-leg",
		}
	case "rang":
		return &cc.LegRang{Leg: arg(1)}
	case "answered":
		return &cc.LegAnswered{Leg: arg(1)}
	case "failed":
		code, _ := strconv.Atoi(arg(2))
		return &cc.LegFailed{Leg: arg(1), Code: int32(code)}
	case "ended":
		return &cc.LegEnded{Leg: arg(1)}
	case "legheld":
		return &cc.LegHeld{Leg: arg(1), Held: arg(2) == "on"}
	case "accept":
		return &cc.Accept{Offer: arg(1), Agent: arg(2), Session: arg(3)}
	case "reject":
		return &cc.Reject{Offer: arg(1), Agent: arg(2)}
	case "withdraw":
		reason := cc.OfferOutcome_value[strings.ToUpper(arg(3))]
		return &cc.Withdraw{Offer: arg(1), Agent: arg(2), Reason: cc.OfferOutcome(reason)}
	case "probe":
		return &cc.TokenProbe{Offer: arg(1), Agent: arg(2)}
	case "ack":
		return &cc.TellAcked{Agent: arg(1), Offer: arg(2)}
	}
	return st.clientCommand(name, arg)
}

func (st *story) clientCommand(name string, arg func(int) string) proto.Message {
	switch name {
	case "arrive":
		return &cc.Arrive{Call: "call-1", Leg: "c", Dialled: "+15550100", Caller: "+15551234", Trunk: "t1"}
	case "hangup":
		return &cc.HangUp{Agent: arg(1)}
	case "hold":
		return &cc.Hold{Agent: arg(1), On: arg(2) == "on"}
	case "claim":
		return &cc.Claim{Agent: arg(1)}
	case "takeover":
		epoch, _ := strconv.ParseUint(arg(2), 10, 64)
		return &cc.TakeOver{Agent: arg(1), Epoch: epoch}
	case "close":
		return &cc.CloseBubble{Agent: arg(1)}
	case "note":
		return &cc.ReportNote{Agent: arg(1)}
	case "booked":
		return &cc.ReportBooked{Agent: arg(1)}
	case "recorded":
		return &cc.RecordingDone{Recording: st.s.Recording, DurationMs: 1000, Bytes: 32044}
	case "noagent":
		return &cc.NoAgentNow{Queue: st.s.Queue}
	case "move":
		return &cc.MoveCall{By: arg(1)}
	case "priority":
		n, _ := strconv.Atoi(arg(2))
		return &cc.SetPriority{By: arg(1), Priority: int32(n)}
	case "leave":
		return &cc.LeaveQueue{Queue: arg(1), Why: arg(2)}
	case "place":
		return &cc.PlaceNews{From: arg(1), Told: cc.PlaceTold(cc.PlaceTold_value["PLACE_"+strings.ToUpper(arg(2))])}
	case "heard":
		return &cc.PlaceHeard{From: arg(1), Told: cc.PlaceTold(cc.PlaceTold_value["PLACE_"+strings.ToUpper(arg(2))])}
	case "recovered":
		return &cc.Recovered{}
	case "timer":
		seq, _ := strconv.ParseUint(arg(2), 10, 64)
		return &cc.CallTimer{Name: arg(1), Seq: seq}
	}
	return st.deskCommand(name, arg)
}

// parseFound reads what a call finds at a queue: sales:waiting:5:online:0. Whom it does not name is there.
func parseFound(t *testing.T, s string) *cc.QueueFound {
	w := strings.Split(s, ":")
	f := &cc.QueueFound{Queue: w[0], Online: 1, Available: 1}
	for i := 1; i+1 < len(w); i += 2 {
		v := w[i+1]
		if ms, err := time.ParseDuration(v); strings.HasSuffix(w[i], "_ms") && err == nil {
			v = strconv.FormatInt(epochMs+ms.Milliseconds(), 10)
		}
		setField(t, f, w[i], v)
	}
	return f
}

// setField sets a field by its name in the proto file; a list gets one more element.
func setField(t *testing.T, m proto.Message, name, value string) {
	r := m.ProtoReflect()
	f := r.Descriptor().Fields().ByName(protoreflect.Name(name))
	if f == nil {
		t.Fatalf("%s has no field %s", r.Descriptor().Name(), name)
	}
	v := parseValue(t, f, value)
	if f.IsList() {
		r.Mutable(f).List().Append(v)
		return
	}
	r.Set(f, v)
}

func parseValue(t *testing.T, f protoreflect.FieldDescriptor, value string) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(value == "true")
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(value))
	case protoreflect.Uint64Kind:
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return protoreflect.ValueOfUint64(n)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(value)
	case protoreflect.EnumKind:
		e := f.Enum().Values().ByName(protoreflect.Name(strings.ToUpper(value)))
		if e == nil {
			t.Fatalf("%s is no value of %s", value, f.Name())
		}
		return protoreflect.ValueOfEnum(e.Number())
	}
	if at, err := time.ParseDuration(value); err == nil && strings.HasSuffix(string(f.Name()), "_ms") {
		return protoreflect.ValueOfInt64(epochMs + at.Milliseconds()) // a moment of the story
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if f.Kind() == protoreflect.Int32Kind {
		return protoreflect.ValueOfInt32(int32(n))
	}
	return protoreflect.ValueOfInt64(n)
}
