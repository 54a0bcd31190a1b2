// Package queues is the matcher of one company and the discipline of its queues: which caller is next, which agent
// gets the call, why, and what others waited for.
//
// It is pure: changes come in as values (waiting calls, agent summaries, configuration versions), time comes in as
// an argument in milliseconds of cluster time, pairs to reserve go out. It knows nothing of actors, the journal,
// offers in flight or SIP, and holds nothing durable: losing a Matcher and filling a new one from the indexes
// costs time, never a match. A Matcher belongs to one mailbox and is not safe for concurrent use.
//
// What Match returns is defined without reference to how it is found: the offerable calls of all queues are taken
// in the order of their score (R66), and each takes the best agent that is eligible for it (R80) and not yet
// taken, in the order of its queue's strategy (R67). So the order in which changes arrived never matters, and the
// freed agent's side and the call's side give the same pair (R68).
package queues
