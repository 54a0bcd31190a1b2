package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Rules and edge cases there are.
const (
	lastRule = 104
	lastEdge = 36
)

// rule is one line of rules.tsv.
type rule struct {
	id     string // R16, E4
	state  string // built, part, core, later
	proofs []string
	title  string
	note   string
}

// states and what they are called in the table.
var states = map[string]string{
	"built": "built", "part": "built in part", "core": "machine and simulator", "later": "not yet",
}

// readRules reads rules.tsv: id, state, named proofs (or -), title, note; # begins a remark.
func readRules(path string) ([]rule, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []rule
	for n, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			return nil, fmt.Errorf("%s:%d: %d fields instead of 5", path, n+1, len(f))
		}
		r := rule{id: f[0], state: f[1], title: f[3], note: f[4]}
		if f[2] != "-" {
			r.proofs = strings.Split(f[2], " ")
		}
		out = append(out, r)
	}
	return out, nil
}

// allIDs are the ids there must be, in order.
func allIDs() (ids []string) {
	for i := range lastRule {
		ids = append(ids, "R"+strconv.Itoa(i+1))
	}
	for i := range lastEdge {
		ids = append(ids, "E"+strconv.Itoa(i+1))
	}
	return ids
}

// check lists what is wrong with the claims: a rule that is missing or double, one claimed without a test, a named test
// that is not there, a later one without a word when.
func check(rules []rule, f *found) (bad []string) {
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.id)
		say := func(format string, args ...any) { bad = append(bad, r.id+": "+fmt.Sprintf(format, args...)) }
		switch {
		case states[r.state] == "":
			say("state %q; there are built, part, core, later", r.state)
		case r.state == "later" || r.state == "part" || r.state == "core":
			if r.note == "" {
				say("%s needs a note: what is missing, and by which issue it comes", r.state)
			}
		}
		for _, p := range r.proofs {
			if !f.exists(p) {
				say("names %s, which is not there", p)
			}
		}
		if r.state != "later" && len(r.proofs)+len(f.byRule[r.id]) == 0 {
			say("is claimed %s and has no test", r.state)
		}
	}
	if want := allIDs(); !slices.Equal(ids, want) {
		bad = append(bad, fmt.Sprintf("rules.tsv must have R1 to R%d and E1 to E%d, each once, in order", lastRule, lastEdge))
	}
	return bad
}
