package archtest

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Limits of the house. Generated files are free of them.
const (
	maxLines     = 600 // of a file
	maxFuncLines = 100 // of a function, tests aside; 70 is the aim
)

func roomOf(p *pkg) (room, bool) {
	for _, r := range rooms {
		if p.is(r.folder) {
			return r, true
		}
	}
	return room{}, false
}

// allowed says whether a package of a room may import another package of ours.
func allowed(p *pkg, r room, folder string) bool {
	other := &pkg{Folder: folder}
	if !r.alone && other.is(r.folder) {
		return true
	}
	if r.alone && p.Folder != r.folder && other.is(r.folder) {
		return true // a package below a lonely one belongs to it
	}
	for _, m := range r.may {
		if other.is(m) || (m == "*" && !other.is("cmd")) {
			return true
		}
	}
	return false
}

func TestImportTable(t *testing.T) {
	for _, p := range all(t) {
		r, ok := roomOf(p)
		if !ok {
			t.Errorf("%s is in no room of the table", p.Folder)
			continue
		}
		for _, imp := range p.Imports {
			if folder, own := strings.CutPrefix(imp, ours); own && !allowed(p, r, folder) {
				t.Errorf("%s must not import %s", p.Folder, folder)
			}
		}
	}
}

// The rules are tested by themselves: nothing but the vocabulary is needed to run their tests either.
func TestRulesAreTestedAlone(t *testing.T) {
	seen := 0
	for _, p := range all(t) {
		if !p.is("callcenter") && !p.is("queues") {
			continue
		}
		r, _ := roomOf(p)
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if folder, own := strings.CutPrefix(imp, ours); own && !allowed(p, r, folder) {
				t.Errorf("the tests of %s must not import %s", p.Folder, folder)
			}
			seen++
		}
	}
	require.NotZero(t, seen, "go list tells what tests import")
}

func isPure(p *pkg) bool { return slices.ContainsFunc(pure, p.is) }

// Generated code of pure packages is the encoder's; what it may do is the generator's word.
func TestPurePackages(t *testing.T) {
	for _, p := range all(t) {
		if !isPure(p) {
			continue
		}
		for _, s := range sources(t, p, p.GoFiles) {
			if s.generated {
				continue
			}
			for _, msg := range impurities(s) {
				t.Error(msg)
			}
		}
	}
}

// impurities lists what a file of a pure package must not have.
func impurities(s source) (out []string) {
	bad := func(n ast.Node, what string) {
		out = append(out, s.path+":"+strconv.Itoa(s.fset.Position(n.Pos()).Line)+": pure code must not "+what)
	}
	timeName := ""
	for _, imp := range s.file.Imports {
		path, _ := strconv.Unquote(imp.Path.Value)
		if path == "time" {
			timeName = "time"
			if imp.Name != nil {
				timeName = imp.Name.Name
			}
		}
		if folder, own := strings.CutPrefix(path, ours); own {
			if !isPure(&pkg{Folder: folder}) {
				bad(imp, "import "+folder)
			}
			continue
		}
		if !slices.Contains(pureMay, path) {
			bad(imp, "import "+path)
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			bad(n, "start goroutines")
		case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
			bad(n, "use channels")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && timeName != "" && x.Name == timeName && clock[n.Sel.Name] {
				bad(n, "use time."+n.Sel.Name)
			}
		}
		return true
	})
	return out
}

func TestFileAndFunctionSize(t *testing.T) {
	for _, p := range all(t) {
		for _, s := range sources(t, p, p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			if s.generated {
				continue
			}
			if s.lines > maxLines {
				t.Errorf("%s has %d lines, at most %d", s.path, s.lines, maxLines)
			}
			if strings.HasSuffix(s.path, "_test.go") {
				continue
			}
			for _, d := range s.file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; n > maxFuncLines {
					t.Errorf("%s: %s has %d lines, at most %d", s.path, f.Name.Name, n, maxFuncLines)
				}
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range all(t) {
		if len(p.Doc) < 40 {
			t.Errorf("%s has no package comment that says what room it is", p.Folder)
		}
	}
}

// The checks themselves can fail: each forbidden thing is seen.
func TestImpuritiesAreSeen(t *testing.T) {
	got := impurities(parse(t, `package bad
import (
	"os"
	clk "time"
	"`+ours+`actors"
	"`+ours+`callcenter"
)
var c chan int
func f() {
	go f()
	c <- int(clk.Now().Unix())
	_ = clk.Second
	_ = os.Args
	select {}
}
`))
	require.Equal(t, []string{
		"bad.go:3: pure code must not import os",
		"bad.go:5: pure code must not import actors",
		"bad.go:8: pure code must not use channels",
		"bad.go:10: pure code must not start goroutines",
		"bad.go:11: pure code must not use channels",
		"bad.go:11: pure code must not use time.Now",
		"bad.go:14: pure code must not use channels",
	}, got)
}

func TestTableIsSeen(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"cmd/wirechief", "actors/host", true},
		{"callcenter/agent", "callcenter", true},
		{"callcenter", "queues", false},
		{"queues", "callcenter/agent", true},
		{"queues", "persistence", false},
		{"persistence", "persistence/machine", true},
		{"persistence/machine", "persistence", false},
		{"actors/host", "actors", false},
		{"actors/b2bua", "sip/leg", true},
		{"sip/leg", "sip/transport", false},
		{"sip", "media", false},
		{"media", "callcenter", false},
		{"config", "config/secret", true},
		{"config", "queues", false},
		{"config/secret", "config", false},
		{"api", "config/secret", true},
		{"api", "config", false},
		{"api", "sip", false},
		{"sim", "actors", false},
		{"bench", "cmd/wirechief", false},
	} {
		p := &pkg{Folder: c.from}
		r, ok := roomOf(p)
		require.True(t, ok)
		require.Equal(t, c.want, allowed(p, r, c.to), "%s -> %s", c.from, c.to)
	}
}
