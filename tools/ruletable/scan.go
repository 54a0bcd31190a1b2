package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// proof is one thing that proves a rule.
type proof struct {
	name string // test function, script or simulator check
	at   string // its package or folder
}

// found is what a scan of the tree found.
type found struct {
	byRule map[string][]proof
	tests  map[string]string // test functions: their packages
	files  map[string]bool   // scripts, by path
	checks map[string]bool   // simulator checks
}

// exists says whether a named proof is there: TestX, sim:I1 or a script's path.
func (f *found) exists(name string) bool {
	if check, ok := strings.CutPrefix(name, "sim:"); ok {
		return f.checks[check]
	}
	return f.tests[name] != "" || f.files[name]
}

// proof makes a named one.
func (f *found) proof(name string) proof {
	if check, ok := strings.CutPrefix(name, "sim:"); ok {
		return proof{"simulator check " + check, "sim"}
	}
	if pkg := f.tests[name]; pkg != "" {
		return proof{name, pkg}
	}
	return proof{filepath.Base(name), filepath.Dir(name)}
}

func (f *found) add(ids []string, p proof) {
	for _, id := range ids {
		if !slices.Contains(f.byRule[id], p) {
			f.byRule[id] = append(f.byRule[id], p)
		}
	}
}

// scan looks for proofs:
//
//   - a script testdata/**/*.txt whose name has R16 or edge_04_22, or that has a heading "# R16, R31: ..." or "# Edge case 4 ...";
//   - a test whose name has R16 or Edge23, or whose comment begins with "R16, R31: ..." or "Edge case 23";
//   - a simulator check: a name that sim/check*.go gives to a breach; rules.tsv says which rules it proves.
func scan(root string) (*found, error) {
	f := &found{byRule: map[string][]proof{}, tests: map[string]string{}, files: map[string]bool{}, checks: map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		switch {
		case d.IsDir() && (d.Name() == "bin" || d.Name() == "data" || d.Name() == "out" || d.Name() == "node_modules" ||
			strings.HasPrefix(d.Name(), ".") && rel != "."):
			return filepath.SkipDir
		case d.IsDir():
		case strings.HasSuffix(path, "_test.go"):
			return f.goTests(path, rel)
		case strings.HasSuffix(path, ".txt") && strings.Contains(rel, "testdata/"):
			return f.script(path, rel)
		case strings.HasPrefix(rel, "sim/check") && strings.HasSuffix(path, ".go"):
			return f.simChecks(path)
		}
		return nil
	})
	return f, err
}

func (f *found) goTests(path, rel string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Test") || fn.Name.Name == "TestMain" {
			continue
		}
		name := fn.Name.Name
		f.tests[name] = filepath.Dir(rel)
		ids := inName(name)
		if fn.Doc != nil {
			ids = append(ids, inHeading(fn.Doc.Text())...)
		}
		f.add(ids, proof{name, filepath.Dir(rel)})
	}
	return nil
}

func (f *found) script(path, rel string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f.files[rel] = true
	p := proof{filepath.Base(rel), filepath.Dir(rel)}
	f.add(inName(strings.TrimSuffix(p.name, ".txt")), p)
	for line := range strings.Lines(string(text)) {
		if heading, ok := strings.CutPrefix(line, "#"); ok {
			f.add(inHeading(heading), p)
		}
	}
	return nil
}

// breach is a check's name where the simulator tells a breach.
var breach = regexp.MustCompile(`"(I[0-9]+|stuck)"`)

func (f *found) simChecks(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, m := range breach.FindAllStringSubmatch(string(text), -1) {
		f.checks[m[1]] = true
	}
	return nil
}

var (
	ruleInName = regexp.MustCompile(`[Rr][0-9]+`)
	edgeInName = regexp.MustCompile(`[Ee]dge((?:_?[0-9]+)+)`)
	number     = regexp.MustCompile(`[0-9]+`)
	// A heading names its rules first: "R13, R15 and R80: who ...", "Edge case 23: ...", "R16 call side, ...".
	rulesFirst = regexp.MustCompile(`^\s*((?:(?:R[0-9]+(?:\.[0-9]+)?|I[0-9]+|and)(?:, | |: ?|$))+)`)
	edgeFirst  = regexp.MustCompile(`[Ee]dge (?:cases? )?([0-9]+(?:(?:, | and )[0-9]+)*)`)
	ruleWord   = regexp.MustCompile(`R([0-9]+)`)
)

// inName finds the rules that a name names.
func inName(name string) (ids []string) {
	for _, m := range ruleInName.FindAllStringIndex(name, -1) {
		before := byte('_')
		if m[0] > 0 {
			before = name[m[0]-1]
		}
		// R16 is no end of a word in capitals, r16 stands alone.
		if upper := before >= 'A' && before <= 'Z'; name[m[0]] == 'R' && !upper || name[m[0]] == 'r' && before == '_' {
			ids = append(ids, id("R", name[m[0]+1:m[1]]))
		}
	}
	for _, m := range edgeInName.FindAllStringSubmatch(name, -1) {
		for _, n := range number.FindAllString(m[1], -1) {
			ids = append(ids, id("E", n))
		}
	}
	return ids
}

// inHeading finds the rules that a heading or comment names before it goes on, and edge cases wherever it names them.
func inHeading(text string) (ids []string) {
	if m := rulesFirst.FindStringSubmatch(text); m != nil {
		for _, r := range ruleWord.FindAllStringSubmatch(m[1], -1) {
			ids = append(ids, id("R", r[1]))
		}
	}
	for _, m := range edgeFirst.FindAllStringSubmatch(text, -1) {
		for _, n := range number.FindAllString(m[1], -1) {
			ids = append(ids, id("E", n))
		}
	}
	return ids
}

// id spells R01 as R1.
func id(kind, digits string) string {
	n, _ := strconv.Atoi(digits)
	return kind + strconv.Itoa(n)
}
