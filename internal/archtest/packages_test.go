package archtest

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath, Name, Dir, Doc         string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports []string
	Folder                             string `json:"-"` // import path below the module
}

func (p *pkg) is(folder string) bool {
	return p.Folder == folder || strings.HasPrefix(p.Folder, folder+"/")
}

var root = sync.OnceValue(func() string {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		panic(err)
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
})

// packages lists all packages of the module, once. -e: a package that does not compile has its own failing test.
var packages = sync.OnceValues(func() ([]*pkg, error) {
	cmd := exec.Command("go", "list", "-e",
		"-json=ImportPath,Name,Dir,Doc,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root()
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var list []*pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := &pkg{}
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		p.Folder = strings.TrimPrefix(p.ImportPath, ours)
		list = append(list, p)
	}
})

func all(t *testing.T) []*pkg {
	t.Helper()
	list, err := packages()
	require.NoError(t, err)
	require.Greater(t, len(list), 10, "the list must be of the whole module")
	return list
}

type source struct {
	path      string
	file      *ast.File
	fset      *token.FileSet
	generated bool
	lines     int
}

// sources parses files of a package.
func sources(t *testing.T, p *pkg, names ...[]string) []source {
	t.Helper()
	var out []source
	for _, list := range names {
		for _, name := range list {
			path := filepath.Join(p.Dir, name)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
			require.NoError(t, err)
			rel, err := filepath.Rel(root(), path)
			require.NoError(t, err)
			out = append(out, source{rel, f, fset, ast.IsGenerated(f), strings.Count(string(text), "\n")})
		}
	}
	return out
}
