package call

import (
	"strconv"

	"google.golang.org/protobuf/proto"

	cc "github.com/wirechief/wirechief/callcenter"
)

// deskCommand reads what people do on a bubble beside owning it. Fields not among the words are set by name.
func (st *story) deskCommand(name string, arg func(int) string) proto.Message {
	version, _ := strconv.ParseUint(arg(2), 10, 64)
	switch name {
	case "create":
		return &cc.CreateBubble{Call: "call-1", Agent: arg(1)}
	case "draft": // draft <agent> <version written on> <text>
		return &cc.WriteDraft{Agent: arg(1), Version: version, Text: []byte(arg(3))}
	case "tenant":
		return &cc.SetTenant{Agent: arg(1), Tenant: arg(2)}
	case "found": // found <customer>...
		m := &cc.CustomerSuggested{}
		for i := 1; arg(i) != ""; i++ {
			m.Customers = append(m.Customers, &cc.CustomerRef{Id: arg(i), Name: "Mr. " + arg(i)})
		}
		return m
	case "choose":
		return &cc.ChooseCustomer{Agent: arg(1), Customer: &cc.CustomerRef{Id: arg(2), Name: "Mr. " + arg(2)}}
	case "action":
		return &cc.ReportAction{Agent: arg(1), Action: arg(2)}
	case "checklink":
		return &cc.CheckLink{Agent: arg(1), Location: arg(2)}
	case "unlinked":
		return &cc.BookWithoutLink{Agent: arg(1), Job: arg(2)}
	case "suggest":
		return &cc.SuggestBooking{Agent: arg(1), Caller: "+15551234", Job: arg(2)}
	case "suggestion": // suggestion <agent> accept|drop
		return &cc.AnswerSuggestion{
			Agent: arg(1), Suggestion: st.s.BookingSuggestion.GetId(), Accept: arg(2) == "accept",
		}
	case "fact":
		return &cc.StateFact{}
	case "tag":
		return &cc.ChangeTags{Agent: arg(1)}
	case "notes":
		return &cc.WriteNotes{Agent: arg(1), Text: arg(2)}
	case "callback":
		return &cc.MarkCallback{Agent: arg(1), On: arg(2) == "on"}
	case "followup":
		return &cc.SetFollowUp{Agent: arg(1), On: arg(2), Today: "2026-11-28"}
	case "reached":
		return &cc.FollowUpReached{Agent: arg(1)}
	case "backed": // backed <agent> <epoch>: acknowledges a bubble's tell
		return &cc.BubbleAcked{Agent: arg(1), Epoch: version}
	}
	return st.correctCommand(name, arg)
}

// correctCommand is "correct <by> <field> <value>", "relink <by> <level> ..." or "relink <by>", which takes it back.
func (st *story) correctCommand(name string, arg func(int) string) proto.Message {
	switch name {
	case "correct":
		field := cc.CorrectedField(cc.CorrectedField_value["CORRECTED_"+upper(arg(2))])
		return &cc.Correct{By: arg(1), Field: field, Value: arg(3)}
	case "relink":
		m := &cc.Correct{By: arg(1), Field: cc.CorrectedField_CORRECTED_LINK}
		if arg(2) != "" {
			level := cc.LinkLevel_value["LINK_"+upper(arg(2))]
			m.Link = &cc.LinkRef{Level: level, Customer: arg(3), Location: arg(4), Job: arg(5)}
		}
		return m
	}
	st.t.Fatalf("unknown command %s", name)
	return nil
}
