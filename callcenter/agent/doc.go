// Package agent is the machine of one CSR: presence (R13, R98), the one queue-call token (R16), wrap-up (R32),
// connected clients, endpoint, calls on the desk and focus (R38).
//
// It is pure. It knows of a call only what the call tells it, and never frees a token by itself: while it holds
// one it asks the call (probe), and only OfferEnded or LeftCall from the call, or the end of a wrap-up, gives
// the token back.
//
// # Calls on the desk
//
// The agent knows all of the agent's calls: the queue call by its token, the others by what they tell. This is what a
// machine of direct, internal and outbound calls has to do for it:
//
//   - It tells DeskCallChanged for each agent on it and for each change: ringing, active, held, state UNKNOWN when the
//     call is over for this agent; with class, dialled, consult, conference, bubble (the agent owns its bubble) and at_ms.
//     The first one may be refused `desk_full` (R20): then the agent is busy for this call. A consult is internal until it
//     is completed, then direct (R22). A queue call tells only its holding and merging, by class QUEUE_CALL.
//   - What it tells may get lost: DeskProbe asks it every 30 s and after a restart, and it answers with DeskCallChanged. A
//     call that does not exist is answered for as gone.
//   - Hold{on} comes from the agent's machine as from a client. It must be idempotent, and each is answered by
//     DeskCallChanged even if nothing changes: that is the confirmation a swap waits for.
//   - Accept with an empty offer takes the call for the agent; Hold{on: false} resumes it. Both come forwarded by the
//     agent, and their outcome goes to the client who asked. Clients send AcceptCall and ResumeCall to the agent; hold,
//     reject and hang-up go straight to the call.
//   - Calls are merged by telling conference of all of them, held or not, before a second one is told active.
//
// Of all un-held calls (merged ones count as one) at most one stays: whatever un-holds another, a click, the phone or a
// number dialled, the older one is told to hold until it says so. So answering on the phone implies Hold & Accept.
//
// What was decided where the rules leave a choice:
//   - A lost last client whose grace ends while an offer rings asks the call to end it as refused_status: R32
//     gives that outcome to an offer that ends because the status became Unavailable, and R81 has no other that
//     speaks of status. connection_lost is stored and taken when the token is freed.
//   - A status that a person stored for the end of the token beats what on_miss, on_reject or an unreachable
//     phone would set; one stored by the system (connection_lost) is beaten by them, since R98 never gives back
//     after a miss.
//   - R81 counts missed and rejected offers alike. max_misses is how many in a row it takes for on_miss to act;
//     on_reject acts at once. Below max_misses a miss is a `keep`.
//   - A phone that is not registered leaves Available as it is: R80 says no_endpoint, and no status changes.
//   - The return of a phone gives nothing back while no client is there and the grace is over; the agent sets
//     the status.
//   - An auto-return to Available starts the idle clock as any Available does (R83); a cooldown does not move
//     it.
//   - A person's wish to be Unavailable that met an accept on its way waits for the end of the call (R32).
//   - A direct or internal call that only rang does not move the idle clock (R26).
//   - A call that stops the wrap-up's clock (R21) does so from its answer to its end, held or not; ringing does not.
//   - A hold that comes after the 2 s of a swap stays: nobody resumes a call but the agent (R99).
//   - When the phone answers another call during a swap, that call wins and the swap fails with call_active.
//   - An agent who is no longer configured is signed out (R15): a ringing offer is withdrawn as deactivated (R81), a
//     running wrap-up ends as with any sign-out, a call is not cut and its wrap-up is what was frozen.
//   - A supervisor's change of a membership beats the configuration, also later ones, until its time or until somebody
//     sets what the configuration says.
//   - One hand for each agent (R89): raised on another call it leaves the first.
//   - A call beyond the agent's limit of other calls is refused by the agent (`desk_full`): who sends it gives busy
//     or voicemail (R20).
package agent
