// Package callcenter is the vocabulary of the engine: ids, enums, error codes, commands, events, states and effects.
//
// It is pure: no clock, randomness, goroutine or I/O, and nothing of ours is imported. The machines that give the words
// their meaning are in callcenter/agent, callcenter/call and queues; they follow one form:
//
//	Decide(state, command, env) -> Outcome{Events, Effects}, error
//	Apply(state, event, atMs)
//	Resume(state, nowMs) -> Effects
//
// Decide changes state only by Apply, event by event as it emits them, so state after Decide is state before plus the
// outcome's events. A Decide that returns an error has emitted nothing. Times are milliseconds since the Unix epoch in
// cluster time.
package callcenter

// RulesVersion is stored with each record: decisions replay byte-identical within one version. From 2 on a record keeps
// further commands; from 3 on calls ring in groups, keep places and tell of bubbles until they are heard.
const RulesVersion = 3

// EventSchema is the schema number new events are written with.
const EventSchema = 1
