package machine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// script runs testdata scripts. Entries are written as lines, one append each:
//
//	s=<shard> e=<epoch> stream@expect [id=<incarnation>.<seq>] [+record]... [key=value|-key]... [snap=state] [compact]
//	[req=stream@version[/by-incarnation]]...
type script struct {
	mem  *Mem
	m    *Machine
	raft uint64
	seen [][]byte // entries, for replay
}

func newScript(t *testing.T) *script {
	s := &script{mem: NewMem()}
	var err error
	if s.m, err = Load(s.mem); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.Contains(path, "fuzz") {
			t.Skip("a corpus")
		}
		s := newScript(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string { return s.run(t, d) })
	})
}

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "keep-feed": // shorten the feed
		d.ScanArgs(t, "n", &s.m.feedKeep)
		return ""
	case "claim", "home", "move":
		var c ShardCommand
		d.ScanArgs(t, "node", &c.Node)
		d.ScanArgs(t, "inc", &c.Incarnation)
		c.Op = map[string]ShardOp{"claim": ClaimHash, "home": CreateHome, "move": MoveFormer}[d.Cmd]
		return s.apply(t, EncodeShards(nil, s.header(t, d), c))
	case "entry":
		b := BeginAppends(nil, s.header(t, d))
		for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
			a := parseAppend(t, line)
			if r := Check(a, Size(a)); r != NoReason {
				t.Fatalf("%s: %v", line, r)
			}
			b = AddAppend(b, a)
		}
		return s.apply(t, b)
	case "restart": // forget all memory
		m, err := Load(s.mem)
		if err != nil {
			t.Fatal(err)
		}
		m.feedKeep, s.m = s.m.feedKeep, m
		return ""
	case "replay": // the same entries on an empty map
		return s.replay(t)
	}
	return s.read(t, d)
}

func (s *script) header(t *testing.T, d *datadriven.TestData) Header {
	h := Header{Node: 1, Boot: 1}
	var ms int64
	d.ScanArgs(t, "at", &ms)
	h.TimeNs = ms * 1e6
	return h
}

func (s *script) apply(t *testing.T, entry []byte) string {
	s.raft++
	s.seen = append(s.seen, entry)
	var out Applied
	if err := s.m.Apply(s.mem, s.raft, entry, &out); err != nil {
		t.Fatal(err)
	}
	s.m.Evict()
	var b strings.Builder
	for _, r := range out.Results {
		fmt.Fprintf(&b, "%v", r.Status)
		if r.Status == OK {
			fmt.Fprintf(&b, " index=%d version=%d at=%d\n", r.Index, r.Version, r.TimeMs)
		} else {
			fmt.Fprintf(&b, " %v\n", r.Reason)
		}
	}
	if out.Rows != nil {
		fmt.Fprintf(&b, "owns %s\n", showRows(out.Rows))
	}
	return b.String()
}

func (s *script) replay(t *testing.T) string {
	mem := NewMem()
	m, err := Load(mem)
	if err != nil {
		t.Fatal(err)
	}
	m.feedKeep = s.m.feedKeep
	for i, e := range s.seen {
		var out Applied
		if err := m.Apply(mem, uint64(i+1), e, &out); err != nil {
			t.Fatal(err)
		}
	}
	a, errA := Hash(s.mem)
	b, errB := Hash(mem)
	if errA != nil || errB != nil || a != b {
		t.Fatalf("hash %x after replay, %x before: %v %v", b, a, errB, errA)
	}
	return "same hash"
}

// showRows gives runs of rows with the same owner as one.
func showRows(rows []ShardRow) string {
	var parts []string
	for i := 0; i < len(rows); {
		k := i + 1
		for k < len(rows) && rows[k].Shard == rows[k-1].Shard+1 && rows[k].Epoch == rows[i].Epoch &&
			rows[k].Incarnation == rows[i].Incarnation && rows[k].Born == rows[i].Born && rows[k].Node == rows[i].Node {
			k++
		}
		r := rows[i]
		name := fmt.Sprint(r.Shard)
		if k > i+1 {
			name += fmt.Sprintf("-%d", rows[k-1].Shard)
		}
		parts = append(parts, fmt.Sprintf("%s:node=%d.%d,epoch=%d", name, r.Node, r.Incarnation, r.Epoch))
		i = k
	}
	return strings.Join(parts, " ")
}

func (s *script) read(t *testing.T, d *datadriven.TestData) string {
	var b strings.Builder
	var err error
	arg := ""
	if len(d.CmdArgs) > 0 {
		arg = d.CmdArgs[0].Key
	}
	switch d.Cmd {
	case "version":
		var v uint64
		v, err = StreamVersion(s.mem, arg)
		fmt.Fprintln(&b, v)
	case "records":
		err = Records(s.mem, arg, 1, func(r Record) bool {
			fmt.Fprintf(&b, "%d index=%d at=%d %s\n", r.Version, r.Index, r.TimeMs, r.Data)
			return true
		})
	case "snapshot":
		var state []byte
		var v uint64
		var ok bool
		state, v, ok, err = Snapshot(s.mem, arg)
		fmt.Fprintf(&b, "%v version=%d %s\n", ok, v, state)
	case "scan":
		err = Scan(s.mem, []byte(arg), func(k, v []byte) bool {
			fmt.Fprintf(&b, "%s=%s\n", k, v)
			return true
		})
	case "shards":
		var rows []ShardRow
		rows, err = Shards(s.mem)
		b.WriteString(showRows(rows))
	case "state":
		var st State
		st, err = ReadState(s.mem)
		fmt.Fprintf(&b, "raft=%d index=%d at=%d feed from %d\n", st.Raft, st.Index, st.TimeNs/1e6, st.FeedFloor)
	case "feed":
		from, to := uint64(0), ^uint64(0)
		d.MaybeScanArgs(t, "from", &from)
		d.MaybeScanArgs(t, "to", &to)
		err = Feed(s.mem, from, to, func(c Change) bool { b.WriteString(showChange(c)); return true })
	default:
		t.Fatalf("no command %s", d.Cmd)
	}
	if err != nil {
		return err.Error()
	}
	return b.String()
}

func showChange(c Change) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d at=%d", c.Index, c.TimeMs)
	if c.Stream != "" {
		fmt.Fprintf(&b, " %s@%d", c.Stream, c.FirstVersion)
	}
	for _, r := range c.Records {
		fmt.Fprintf(&b, " +%s", r)
	}
	for _, op := range c.Ops {
		if op.Delete {
			fmt.Fprintf(&b, " -%s", op.Key)
		} else {
			fmt.Fprintf(&b, " %s=%s", op.Key, op.Value)
		}
	}
	if len(c.Shards) > 0 {
		fmt.Fprintf(&b, " shards %s", showRows(c.Shards))
	}
	if c.Compacted {
		b.WriteString(" compacted")
	}
	return b.String() + "\n"
}

func parseAppend(t *testing.T, line string) *Append {
	a := &Append{}
	for f := range strings.FieldsSeq(line) {
		k, v, eq := strings.Cut(f, "=")
		scan := func(format string, to ...any) {
			if n, err := fmt.Sscanf(v, format, to...); err != nil || n != len(to) {
				t.Fatalf("%s in %q: %v", f, line, err)
			}
		}
		at := func(s string) (string, uint64) {
			name, num, ok := strings.Cut(s, "@")
			var n uint64
			if _, err := fmt.Sscan(num, &n); err != nil || !ok {
				t.Fatalf("%s in %q: stream@number", s, line)
			}
			return name, n
		}
		switch {
		case k == "s" && eq:
			scan("%d", &a.Shard)
		case k == "e" && eq:
			scan("%d", &a.Epoch)
		case k == "id" && eq:
			scan("%d.%d", &a.Incarnation, &a.Seq)
		case k == "snap" && eq:
			a.Snapshot = []byte(v)
		case k == "req" && eq:
			i := strings.LastIndex(v, "/by-")
			r := Require{}
			if i >= 0 {
				if _, err := fmt.Sscan(v[i+len("/by-"):], &r.Incarnation); err != nil {
					t.Fatalf("%s in %q: %v", f, line, err)
				}
				v = v[:i]
			}
			r.Stream, r.Version = at(v)
			a.Requires = append(a.Requires, r)
		case f == "compact":
			a.Compact = true
		case f[0] == '+':
			a.Records = append(a.Records, []byte(f[1:]))
		case f[0] == '-':
			a.Index = append(a.Index, IndexOp{Key: []byte(f[1:]), Delete: true})
		case eq:
			a.Index = append(a.Index, IndexOp{Key: []byte(k), Value: []byte(v)})
		default:
			a.Stream, a.Expect = at(f)
		}
	}
	return a
}
