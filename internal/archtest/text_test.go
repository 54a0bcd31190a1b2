package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func parse(t *testing.T, text string) source {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "bad.go", text, parser.ParseComments)
	require.NoError(t, err)
	return source{"bad.go", f, fset, ast.IsGenerated(f), strings.Count(text, "\n")}
}

// unfinished matches the marks of work put off, spelt so that this file has none.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b`)

// Work that is put off stands in the tracker, not in the text.
func TestNothingIsPutOff(t *testing.T) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root()
	out, err := cmd.Output()
	if err != nil {
		t.Skip("not a git work tree: the list of files is git's")
	}
	names := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	require.Greater(t, len(names), 50)
	for _, name := range names {
		if name == "go.sum" || name == "LICENSE" || strings.HasSuffix(name, "package-lock.json") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root(), name))
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			continue // deleted but not yet committed, or binary
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if unfinished.Match(line) {
				t.Errorf("%s:%d: %s", name, i+1, bytes.TrimSpace(line))
			}
		}
	}
}
