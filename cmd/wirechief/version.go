package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the release build: -ldflags "-X main.version=1.2.3".
var version string

type versionCmd struct{}

// Run prints the version, the revision it was built from, and the toolchain.
func (versionCmd) Run(m *Main) error {
	_, err := fmt.Fprintln(m.Stdout, versionLine())
	return err
}

func versionLine() string {
	v, revision, dirty := version, "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v == "" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = "+changes"
			}
		}
	}
	if v == "" {
		v = "(devel)"
	}
	line := "wirechief " + v
	if revision != "" {
		line += " " + revision[:min(12, len(revision))] + dirty
	}
	return line + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
}
