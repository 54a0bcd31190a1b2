package feed

import cc "github.com/wirechief/wirechief/callcenter"

// Catalog lists every public event with what it means and a value of it.
func Catalog() []struct {
	Type, Summary string
	Value         Event
} {
	return []struct {
		Type, Summary string
		Value         Event
	}{
		{cc.PubCallArrived, "A call came in (R1, R4)", &CallArrived{}},
		{cc.PubCallQueued, "It waits in a queue", &CallQueued{}},
		{cc.PubCallConnected, "The caller hears the queue or an agent; no answer yet (R79)", &CallConnected{}},
		{cc.PubCallAnswered, "An agent took it and owns the bubble (R29)", &CallAnswered{}},
		{cc.PubCallHeld, "The caller is on hold", &CallBy{}},
		{cc.PubCallResumed, "The caller is off hold", &CallBy{}},
		{cc.PubCallAgentLeft, "The agent was lost, the caller waits again (R85)", &CallAgentLeft{}},
		{cc.PubCallEnded, "The call is over (R79)", &CallEnded{}},
		{cc.PubCallClassified, "What the call counts as (R48-R50)", &CallClassified{}},
		{cc.PubCallUnreadable, "Something happened that the journal cannot read any more", &CallUnreadable{}},
		{cc.PubOfferMade, "It is offered to an agent (R7)", &OfferMade{}},
		{cc.PubOfferAccepted, "The offer was taken, the agent is being connected (R82)", &OfferAccepted{}},
		{cc.PubOfferEnded, "The offer is over without an answer (R81)", &OfferEnded{}},
		{cc.PubBubbleClaimed, "An agent claimed the bubble (R35)", &BubbleClaimed{}},
		{cc.PubBubbleTaken, "An agent took the bubble of another (R36)", &BubbleTaken{}},
		{cc.PubBubbleExcused, "A note excuses the call (R45)", &BubbleExcused{}},
		{cc.PubBubbleReminded, "The bubble owes a reason (R87)", &BubbleReminded{}},
		{cc.PubBubbleCleared, "The bubble left the desk (R47, R86)", &BubbleCleared{}},
		{cc.PubBubbleClosed, "The bubble was closed (R47)", &BubbleClosed{}},
		{cc.PubLinkChanged, "The call is linked to a customer, location or job (R41-R44)", &LinkChanged{}},
		{cc.PubLinkConflict, "An action on another location than the linked one (R44)", &LinkConflict{}},
		{cc.PubLinkAlsoBooked, "A further job was booked on the call (R42)", &LinkAlsoBooked{}},
		{cc.PubBubbleCreated, "An agent made a bubble without a call (R39)", &BubbleCreated{}},
		{cc.PubCallTenantSet, "The owner said whose a call is that came without a tenant (R8)", &CallTenantSet{}},
		{cc.PubCallCorrected, "A person corrected what was seen of the call (R52)", &CallCorrected{}},
		{cc.PubFollowUpSet, "The caller is to be called again on a day, or no longer (R90)", &FollowUp{}},
		{cc.PubFollowUpDone, "The follow-up is done (R90)", &FollowUp{}},
		{cc.PubRecordingFinished, "The recording can be fetched (R56)", &RecordingFinished{}},
		{cc.PubAgentStatus, "An agent's presence changed (R13, R98)", &AgentStatus{}},
		{cc.PubWrapupStarted, "Wrap-up runs until a fixed time (R32)", &Wrapup{}},
		{cc.PubWrapupExtended, "Wrap-up was prolonged (R32)", &Wrapup{}},
		{cc.PubWrapupEnded, "Wrap-up is over (R33)", &WrapupEnded{}},
		{cc.PubCenterChanged, "Another version of the configuration is in force", &CenterChanged{}},
	}
}
