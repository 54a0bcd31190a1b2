// Command configdoc writes docs/configuration.md from the structs of package config: names, defaults and bounds from
// their tags, meaning from their doc comments. It must not know any setting by name.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	dir := flag.String("dir", "config", "directory of package config")
	out := flag.String("out", "docs/configuration.md", "file to write")
	flag.Parse()
	text, err := Render(*dir)
	if err == nil {
		err = os.WriteFile(*out, text, 0o644) //nolint:gosec // a page for everybody
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "configdoc:", err)
		os.Exit(1)
	}
}
