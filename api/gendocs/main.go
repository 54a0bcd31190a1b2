// Command gendocs writes docs/openapi.json, docs/asyncapi.yaml, docs/errors.md and docs/figures.md from the code of
// package api, the code tables of callcenter and api/wire, and the tables of callcenter/figures. It must not know any operation, event or code by name.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wirechief/wirechief/api"
)

func main() {
	root := flag.String("root", ".", "root of the source tree")
	flag.Parse()
	files, err := Render(*root)
	for name, data := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join(*root, name), data, 0o644) //nolint:gosec // pages for everybody
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

// Render gives the documents by their path below the root.
func Render(root string) (map[string][]byte, error) {
	errs, err := errorTable(root)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"docs/openapi.json": api.OpenAPI(), "docs/asyncapi.yaml": api.AsyncAPI(), "docs/errors.md": errs,
		"docs/figures.md": figurePage(),
	}, nil
}
