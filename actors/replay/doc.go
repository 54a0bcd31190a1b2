// Package replay reads a journal from its beginning and checks that it still means what it said: applied, its events give
// the states and index rows that are recorded; decided again, its commands give the same events to the byte.
//
// It reads only. It must not know where a journal lies or whether anybody runs it: it reads a machine.Reader.
package replay
