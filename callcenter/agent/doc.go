// Package agent is the machine of one CSR: presence (R13, R98), the one queue-call token (R16), wrap-up (R32),
// connected clients, endpoint, calls on the desk and focus (R38).
//
// It is pure. It knows of a call only what the call tells it, and never frees a token by itself: while it holds
// one it asks the call (probe), and only OfferEnded or LeftCall from the call, or the end of a wrap-up, gives
// the token back.
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
//   - A call beyond the agent's limit of other calls is refused by the agent (`desk_full`): who sends it gives busy
//     or voicemail (R20).
package agent
