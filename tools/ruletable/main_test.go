package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// No rule is claimed without a test, and no test is named that is not there.
func TestClaimsHaveTheirTests(t *testing.T) {
	rules, err := readRules("rules.tsv")
	require.NoError(t, err)
	f, err := scan("../..")
	require.NoError(t, err)
	require.Empty(t, check(rules, f))
	require.Greater(t, len(f.tests), 300)
	require.True(t, f.exists("sim:I1"))
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"TestR16OneQueueCallAtATime":           "R16",
		"TestR30R69Admit":                      "R30 R69",
		"TestEdge23OneAgentRejectsForAMinute":  "E23",
		"TestAPIR2":                            "",
		"TestRealAudioByBaresip":               "",
		"R01_R02_R04_arrival":                  "R1 R2 R4",
		"edge_03_22_unavailable_while_ringing": "E3 E22",
		"R31_edge23_alone":                     "R31 E23",
		"r2_r6_r91_number_roles.bad":           "R2 R6 R91",
	} {
		require.Equal(t, want, strings.Join(inName(name), " "), name)
	}
	for text, want := range map[string]string{
		" R27: the caller hangs up while it rings (R28).": "R27",
		"R13, R15 and R80: who may have a call":           "R13 R15 R80",
		" R49, edge 10: 60,000 ms of talk is a lead ...":  "R49 E10",
		" Edge 3, 22: Unavailable pressed while it rings": "E3 E22",
		"R34, I12: two tenants by every role":             "R34",
		"R45, R48.8: a note on the customer":              "R45 R48",
		" R16 call side, DESIGN 3: the caller hears":      "R16",
		"edge gives the verdict of parse":                 "",
		"The rule R16 is not what this begins with":       "",
	} {
		require.Equal(t, want, strings.Join(inHeading(text), " "), text)
	}
}

func TestMistakesAreFound(t *testing.T) {
	f := &found{byRule: map[string][]proof{"R1": {{"TestR1", "x"}}}, tests: map[string]string{"TestR1": "x"}}
	bad := check([]rule{
		{id: "R1", state: "built"},
		{id: "R2", state: "built"},
		{id: "R3", state: "part", proofs: []string{"TestGone"}, note: "all of it: later"},
		{id: "R4", state: "later"},
		{id: "R5", state: "done"},
		{id: "R6", state: "core", proofs: []string{"sim:I1"}, note: "x"},
	}, f)
	require.Equal(t, []string{
		"R2: is claimed built and has no test",
		"R3: names TestGone, which is not there",
		"R4: later needs a note: what is missing, and by which issue it comes",
		`R5: state "done"; there are built, part, core, later`,
		"R5: is claimed done and has no test",
		"R6: names sim:I1, which is not there",
		"rules.tsv must have R1 to R104 and E1 to E36, each once, in order",
	}, bad)
	path := filepath.Join(t.TempDir(), "rules.tsv")
	require.NoError(t, os.WriteFile(path, []byte("# remark\n\nR1\tbuilt\t-\ttitle\n"), 0o600))
	_, err := readRules(path)
	require.ErrorContains(t, err, ":3: 4 fields instead of 5")
}

func TestTheTable(t *testing.T) {
	f := &found{byRule: map[string][]proof{}}
	for _, n := range "abcdefgh" {
		f.byRule["R1"] = append(f.byRule["R1"], proof{"Test" + string(n), "p"})
	}
	text := string(render([]rule{
		{id: "R1", state: "built", title: "first"}, {id: "E1", state: "later", title: "edge", note: "issue 9"},
	}, f))
	require.Contains(t, text, "| R1 | first | built | `Testa` (p), `Testb` (p), ")
	require.Contains(t, text, "`Testf` (p), 2 more |")
	require.Contains(t, text, "## Edge cases\n\n| | what | state | proven by |\n|---|---|---|---|\n| 1 | edge | not yet (issue 9) |  |\n")
}
