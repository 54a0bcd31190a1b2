package wire

// Catalog lists every numbered event with what it means and a value of its frame.
func Catalog() []struct {
	Type, Summary string
	Value         Event
} {
	return []struct {
		Type, Summary string
		Value         Event
	}{
		{TypeSnapshot, "Everything this client may see; replaces what it knew", &Snapshot{}},
		{TypeAgentStatus, "An agent's state: one's own, or for supervisors that of an agent of theirs", &AgentStatus{}},
		{TypeOfferMade, "A call is offered to this agent (R7, R23)", &OfferMade{}},
		{TypeOfferWithdrawn, "The offer is over for this client (R23, R81)", &OfferWithdrawn{}},
		{TypeCallUpdated, "The card of a call the agent is or was on", &CallEvent{}},
		{TypeBubbleShown, "A bubble appears, for some of those who get this (R34)", &CallEvent{}},
		{TypeBubbleUpdated, "A bubble changed", &CallEvent{}},
		{TypeBubbleTaken, "Another agent took this agent's bubble (R36)", &BubbleTaken{}},
		{TypeBubbleCleared, "A bubble left the desk, the call may go on (R47, R86)", &BubbleCleared{}},
		{TypeBubbleClosed, "A bubble was closed (R47)", &BubbleClosed{}},
		{TypeLinkBooked, "A call is linked to a booked job, for good (R42)", &LinkBooked{}},
		{TypeLinkConflict, "The call belongs to another location: not linked (R44)", &LinkConflict{}},
		{TypeWrapupStarted, "Wrap-up runs until a fixed time (R32)", &Wrapup{}},
		{TypeWrapupExtended, "Wrap-up was prolonged (R32)", &Wrapup{}},
		{TypeWrapupPaused, "The wrap-up's clock stands while a call is up (R21)", &Wrapup{}},
		{TypeWrapupResumed, "The wrap-up's clock runs again, until a new fixed time (R21)", &Wrapup{}},
		{TypeWrapupEnded, "Wrap-up is over (R33)", &WrapupEnded{}},
		{TypeHandRaised, "An agent asks for help on a call (R89)", &Hand{}},
		{TypeHandLowered, "The hand is down: seen to, withdrawn, or the call is over (R89)", &Hand{}},
		{TypeNotice, "A supervisor changed something of this agent (R97)", &Notice{}},
		{TypeFocusChanged, "The focused bubble is another, or none (R38)", &FocusChanged{}},
		{TypeContextTenant, "The customer search covers another tenant, or all (R9)", &ContextTenant{}},
		{TypeCallHeldLong, "A caller is on hold for long (R99)", &CallHeldLong{}},
		{TypeQueueStats, "Live counts of a queue (R78)", &QueueStats{}},
		{TypeCallbackUpdated, "A callback was opened, joined, claimed, attempted or has ended (R54)", &CallbackUpdated{}},
	}
}
