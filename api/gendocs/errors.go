package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/wirechief/wirechief/api/wire"
)

// sources of codes: constants named Code... with a comment on their line.
var sources = []struct{ title, path string }{
	{"Rules", "callcenter/errors.go"},
	{"The API itself", "api/wire/errors.go"},
}

const intro = `# Error codes

<!-- Written by api/gendocs from the code. Do not edit. -->

An error is ` + "`{code, message, details}`" + ` over HTTP and ` + "`{id, type: \"error\", code, message, details}`" + ` over the WebSocket. The code is
stable, the message is for people, details are named values (texts) that belong to the code. R numbers are those of the rules.
`

type code struct{ value, meaning string }

func errorTable(root string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(intro)
	for _, s := range sources {
		codes, err := codesOf(filepath.Join(root, s.path))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n## %s\n\n| code | HTTP status | meaning |\n|---|---|---|\n", s.title)
		for _, c := range codes {
			status := wire.Status(c.value)
			fmt.Fprintf(&b, "| `%s` | %d %s | %s |\n", c.value, status, http.StatusText(status), c.meaning)
		}
	}
	return b.Bytes(), nil
}

func codesOf(path string) ([]code, error) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("reading codes: %w", err)
	}
	var out []code
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 || !strings.HasPrefix(v.Names[0].Name, "Code") {
			return true
		}
		lit, ok := v.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		value, err := strconv.Unquote(lit.Value)
		if err == nil {
			out = append(out, code{value, strings.TrimSpace(v.Comment.Text())})
		}
		return true
	})
	return out, nil
}
