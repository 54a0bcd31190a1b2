package call

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

// onDesk draws what people do on a bubble beside owning it.
func (w *world) onDesk(agent string, yes bool) any {
	t, s := w.t, w.s
	id := func(name string) string { return rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, name) }
	if s.Owner != "" && rapid.IntRange(0, 3).Draw(t, "owner") > 0 {
		agent = s.Owner
	}
	epoch := rapid.SampledFrom([]uint64{0, s.OwnerEpoch, s.OwnerEpoch + 1}).Draw(t, "epoch")
	focus := rapid.SampledFrom([]string{"", "call-1", "call-1"}).Draw(t, "focus")
	switch rapid.IntRange(0, 15).Draw(t, "command") {
	case 0, 1:
		version := rapid.SampledFrom([]uint64{s.Draft.GetVersion(), s.Draft.GetVersion(), 0, 1}).Draw(t, "version")
		return &cc.WriteDraft{Agent: agent, Version: version, Text: []byte(id("text"))}
	case 2:
		return &cc.SetTenant{Agent: agent, Tenant: "acme"}
	case 3:
		m := &cc.CustomerSuggested{}
		for range rapid.IntRange(0, 3).Draw(t, "customers") {
			m.Customers = append(m.Customers, &cc.CustomerRef{Id: id("customer")})
		}
		return m
	case 4:
		who := &cc.CustomerRef{Id: id("customer")}
		return &cc.ChooseCustomer{Agent: agent, Epoch: epoch, Focus: focus, Customer: who, Created: yes}
	case 5, 6:
		action := rapid.SampledFrom([]string{"note", "book", "dispatch", "email", "juggle"}).Draw(t, "action")
		return &cc.ReportAction{
			Agent: agent, Epoch: epoch, Focus: focus, Action: action, Customer: id("customer"), Location: id("location"), Job: id("job"),
		}
	case 7:
		return &cc.CheckLink{Agent: agent, Location: id("location")}
	case 8:
		return &cc.BookWithoutLink{Agent: agent, Job: id("job"), Supervisor: yes}
	case 9:
		return &cc.SuggestBooking{Agent: agent, Caller: "+15551234", Location: id("location"), Job: id("job")}
	case 10:
		return &cc.AnswerSuggestion{Agent: agent, Suggestion: s.BookingSuggestion.GetId(), Accept: yes}
	case 11:
		return &cc.StateFact{Fact: cc.CallFact(rapid.IntRange(0, 5).Draw(t, "fact"))}
	case 12:
		return &cc.BubbleAcked{Agent: agent, Epoch: epoch, Lost: yes}
	}
	return w.written(agent, yes)
}

// written draws what people write on a call, early and late.
func (w *world) written(agent string, yes bool) any {
	t := w.t
	id := func(name string) string { return rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, name) }
	switch rapid.IntRange(0, 5).Draw(t, "written") {
	case 0:
		return &cc.ChangeTags{Agent: agent, Add: []string{id("add")}, Remove: []string{id("remove")}, Supervisor: yes}
	case 1:
		return &cc.WriteNotes{Agent: agent, Text: id("notes"), Supervisor: yes}
	case 2:
		return &cc.MarkCallback{Agent: agent, On: yes}
	case 3:
		on := rapid.SampledFrom([]string{"", "2026-11-27", "2026-11-28", "soon"}).Draw(t, "on")
		return &cc.SetFollowUp{Agent: agent, On: on, Today: "2026-11-28", Supervisor: yes}
	case 4:
		return &cc.FollowUpReached{Agent: agent, Supervisor: yes}
	}
	m := &cc.Correct{By: "sue", Field: cc.CorrectedField(rapid.IntRange(0, 5).Draw(t, "field"))}
	switch m.Field {
	case cc.CorrectedField_CORRECTED_CLASS:
		m.Value = rapid.SampledFrom([]string{"", "booked", "excused_manager", "nonsense"}).Draw(t, "class")
	case cc.CorrectedField_CORRECTED_OWNER:
		m.Value = rapid.SampledFrom([]string{"", "ann", "bob", "dan"}).Draw(t, "owner")
	case cc.CorrectedField_CORRECTED_REASON:
		m.Value = rapid.SampledFrom([]string{"", "price", "fax", "other_tenant"}).Draw(t, "reason")
	case cc.CorrectedField_CORRECTED_LINK:
		if yes {
			m.Link = &cc.LinkRef{Level: int32(rapid.IntRange(0, 5).Draw(t, "level")), Location: id("location"), Job: id("job")}
		}
	}
	return m
}

// checkDesk is what must hold of one command, whatever it is: a booked link never changes (R42), a hard one keeps its
// location (R44), the link never falls (R44), what was typed is never lost before the close (R39), what was seen at the
// close stays (R52).
func checkDesk(t *rapid.T, was, now *cc.CallState) {
	if was.Link == cc.LinkLevel_LINK_BOOKED {
		require.Equal(t, []any{was.Link, was.Customer, was.Location, was.Job}, []any{now.Link, now.Customer, now.Location, now.Job})
	}
	if was.Link >= cc.LinkLevel_LINK_LOCATION && was.Location != "" {
		require.Equal(t, was.Location, now.Location)
	}
	require.GreaterOrEqual(t, now.Link, was.Link)
	if was.Draft != nil && now.Desk != cc.BubbleDesk_DESK_CLOSED {
		require.NotNil(t, now.Draft)
		require.GreaterOrEqual(t, now.Draft.Version, was.Draft.Version)
		if now.Draft.Version == was.Draft.Version {
			require.Equal(t, was.Draft.Text, now.Draft.Text)
		}
	}
	if was.Tenant != "" {
		require.Equal(t, was.Tenant, now.Tenant)
	}
	if was.Desk == cc.BubbleDesk_DESK_CLOSED {
		require.Equal(t, cc.BubbleDesk_DESK_CLOSED, now.Desk)
		require.Equal(t, was.Reason, now.Reason)
		require.Equal(t, was.Owner, now.Owner)
		require.Equal(t, was.Notes, now.Notes)
	}
	require.LessOrEqual(t, len(now.BubbleTells), maxBubbleTells)
	if now.Phase == cc.CallPhase_ENDED && !manual(now) {
		require.Equal(t, Classify(now), now.Class)
		require.Equal(t, now.Desk != cc.BubbleDesk_DESK_CLOSED, now.Provisional)
	}
}

// TestR39ManualBubbleInAnyOrder: a bubble without a call goes through any commands, and leaves the desk in the end.
func TestR39ManualBubbleInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		tenant := rapid.SampledFrom([]string{"", "acme"}).Draw(t, "tenant")
		w.manual = true
		w.owner, w.epoch = "ann", 1
		w.decide(&cc.CreateBubble{Call: "call-1", Agent: "ann", Tenant: tenant})
		require.Equal(t, cc.BubbleKind_BUBBLE_MANUAL, w.s.Kind)
		for range rapid.IntRange(1, 40).Draw(t, "commands") {
			w.checkTold()
			w.pass(rapid.SampledFrom([]int64{0, 1, 31_000, 3_600_000}).Draw(t, "pass"))
			w.decide(w.anyCommand())
			require.Zero(t, w.s.Class)
			require.Empty(t, w.s.Campaign)
			require.False(t, owesReason(w.s))
		}
		for range 25 {
			w.checkTold()
			w.pass(60 * 60_000)
		}
		w.checkTold()
		require.True(t, Done(w.s), "%v", w.s)
	})
}
