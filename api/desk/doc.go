// Package desk is the live side of the API: one hub that follows the journal and hands each change to the clients that
// may see it, and a session for each connected client.
//
// It decides nothing about calls or agents: commands go to their machines, what happened comes from the journal. It
// must not know SIP, media or the rules; it knows who may see what (Receives), and nothing else may.
package desk
