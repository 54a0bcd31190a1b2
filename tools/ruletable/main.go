// Command ruletable writes docs/rules.md: each rule and edge case with its state and the tests that prove it.
//
// Titles and states are kept by hand in rules.tsv; the tests are found, see scan. How to keep it is said at the head of
// rules.tsv.
package main

//go:generate go run . -root ../..

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, "ruletable:", err)
		os.Exit(1) //nolint:forbidigo // a command
	}
}

func run(root string) error {
	rules, err := readRules(filepath.Join(root, "tools/ruletable/rules.tsv"))
	if err != nil {
		return err
	}
	found, err := scan(root)
	if err != nil {
		return err
	}
	if bad := check(rules, found); len(bad) > 0 {
		return fmt.Errorf("%d mistakes, the first: %s", len(bad), bad[0])
	}
	return os.WriteFile(filepath.Join(root, "docs/rules.md"), render(rules, found), 0o644) //nolint:gosec // a document
}
