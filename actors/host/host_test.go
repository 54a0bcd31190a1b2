package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/wirechief/wirechief/persistence/machine"
)

// counter is a machine whose state is the list of what it was asked: "name" changes it, "?name" only asks.
type counter struct{ log []string }

func (c *counter) Step(in any) Decision {
	name := in.(string)
	if strings.HasPrefix(name, "?") {
		return Decision{Release: []any{"answer " + name[1:] + " of " + fmt.Sprint(len(c.log))}}
	}
	c.log = append(c.log, name)
	return Decision{Record: []byte(name), Release: []any{"did " + name}, Early: []any{"soon " + name}}
}

func (c *counter) Seal(version uint64) Sealed {
	return Sealed{Index: []machine.IndexOp{{Key: []byte("n"), Value: fmt.Append(nil, version)}}}
}

func show(o Output) string {
	var b strings.Builder
	for _, r := range o.Release {
		fmt.Fprintf(&b, "release %v\n", r)
	}
	for _, r := range o.Dropped {
		fmt.Fprintf(&b, "dropped %v\n", r)
	}
	again := ""
	if o.Again {
		again = " again"
	}
	for _, a := range o.Propose {
		fmt.Fprintf(&b, "propose%s seq=%d expect=%d %q index=%s", again, a.Seq, a.Expect, a.Records, a.Index[0].Value)
		for _, r := range a.Requires {
			fmt.Fprintf(&b, " requires %s>=%d by %d", r.Stream, r.Version, r.Incarnation)
		}
		b.WriteString("\n")
	}
	for _, e := range o.Early {
		fmt.Fprintf(&b, "early %v", e.Message)
		for _, r := range e.Requires {
			fmt.Fprintf(&b, ", rests on %s>=%d by %d", r.Stream, r.Version, r.Incarnation)
		}
		b.WriteString("\n")
	}
	if o.Stop {
		b.WriteString("stop\n")
	}
	if b.Len() == 0 {
		return "-\n"
	}
	return b.String()
}

// oldest is the append whose result the script means.
func oldest(h *Host) *machine.Append {
	for _, f := range h.flights {
		if !f.again {
			return f.append
		}
	}
	return &machine.Append{}
}

// The scripts in testdata tell how decisions, appends and releases follow each other.
func TestHostScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		h := New(Identity{Stream: "s", Incarnation: 1}, &counter{}, 0)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			a := oldest(h)
			refused := func(r machine.Reason) string {
				return show(h.Appended(a.Seq, machine.Result{Status: machine.Refused, Reason: r}))
			}
			switch d.Cmd {
			case "step":
				var requires []machine.Require
				if len(d.CmdArgs) > 1 {
					requires = []machine.Require{{Stream: d.CmdArgs[1].Key, Version: 7, Incarnation: 2}}
				}
				return show(h.Step(d.CmdArgs[0].Key, requires...))
			case "ok":
				r := machine.Result{Status: machine.OK, Version: a.Expect + uint64(len(a.Records))}
				return show(h.Appended(a.Seq, r))
			case "unknown":
				return show(h.Appended(a.Seq, machine.Result{Status: machine.Unknown}))
			case "overloaded":
				return refused(machine.Overloaded)
			case "conflict":
				return refused(machine.VersionConflict)
			case "require-failed":
				return refused(machine.RequireFailed)
			case "refused":
				return refused(machine.StaleEpoch)
			case "lease":
				return show(h.Lease(d.CmdArgs[0].Key == "held"))
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

// journal is a model of the real one as far as one stream goes: appends in order, ids remembered, results in order.
type journal struct {
	version uint64
	seq     uint64 // of the last append taken
	records []string
	pending []*machine.Append
}

// next gives the result of the oldest pending append. lost: it never arrived; silent: it did, but nobody knows.
func (j *journal) next(lost, silent bool) (uint64, machine.Result) {
	a := j.pending[0]
	j.pending = j.pending[1:]
	unknown := machine.Result{Status: machine.Unknown}
	switch {
	case lost:
		return a.Seq, unknown
	case a.Seq <= j.seq: // repeated
	case a.Expect != j.version:
		return a.Seq, machine.Result{Status: machine.Refused, Reason: machine.VersionConflict}
	default:
		j.seq = a.Seq
		j.version += uint64(len(a.Records))
		for _, r := range a.Records {
			j.records = append(j.records, string(r))
		}
	}
	if silent {
		return a.Seq, unknown
	}
	return a.Seq, machine.Result{Status: machine.OK, Version: a.Expect + uint64(len(a.Records))}
}

// Whatever the order of steps, results and lease changes: releases leave in decision order, never before all that was
// decided before them is in the journal, never while the lease is away; the journal gets every decision once, in order;
// an early message says which version it rests on.
func TestReleaseOrderProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, j := &counter{}, &journal{}
		h := New(Identity{Stream: "s", Incarnation: 1}, m, 0)
		var want, got []string
		n, lease := 0, true
		take := func(o Output) {
			require.False(t, o.Stop)
			for _, r := range o.Release {
				require.True(t, lease, "released without the lease")
				got = append(got, r.(string))
				if name, ok := strings.CutPrefix(r.(string), "did "); ok {
					require.Contains(t, j.records, name, "released before its commit")
				}
			}
			for _, e := range o.Early {
				name := strings.TrimPrefix(e.Message.(string), "soon ")
				rests := uint64(len(j.records)) // what is committed need not be required
				for _, r := range e.Requires {
					require.EqualValues(t, 1, r.Incarnation)
					rests = r.Version
				}
				require.LessOrEqual(t, uint64(slices.Index(m.log, name)+1), rests)
			}
			j.pending = append(j.pending, o.Propose...)
			require.LessOrEqual(t, len(h.flights), MaxFlights)
		}
		t.Repeat(map[string]func(*rapid.T){
			"change": func(*rapid.T) {
				n++
				name := fmt.Sprint("c", n)
				want = append(want, "did "+name)
				take(h.Step(name))
			},
			"ask": func(*rapid.T) {
				n++
				name := fmt.Sprint("?q", n)
				want = append(want, "answer "+name[1:]+" of "+fmt.Sprint(len(m.log)))
				take(h.Step(name))
			},
			"result": func(t *rapid.T) {
				if len(j.pending) > 0 {
					lost := rapid.Bool().Draw(t, "lost")
					take(h.Appended(j.next(lost, rapid.Bool().Draw(t, "silent"))))
				}
			},
			"lease": func(t *rapid.T) {
				lease = rapid.Bool().Draw(t, "held")
				take(h.Lease(lease))
			},
			"": func(t *rapid.T) {
				require.True(t, slices.Equal(want[:len(got)], got), "%v is no prefix of %v", got, want)
				require.True(t, slices.Equal(m.log[:len(j.records)], j.records), "the journal differs")
			},
		})
		lease = true
		take(h.Lease(true))
		for len(j.pending) > 0 {
			take(h.Appended(j.next(false, false)))
		}
		require.Equal(t, len(want), len(got), "everything is released in the end")
		require.Equal(t, len(m.log), len(j.records), "everything is journaled in the end")
		require.True(t, h.Idle())
		require.Equal(t, j.version, h.Version())
	})
}
