package main

import (
	"fmt"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/queues"
)

type checkCmd struct {
	File   string `arg:"" help:"Configuration file."`
	Strict bool   `help:"Fail on warnings too."`
}

// Run reports a file's mistakes and warnings, one a line.
func (c *checkCmd) Run(m *Main) error {
	f, err := config.Load(c.File)
	if err != nil {
		_, _ = fmt.Fprintln(m.Stderr, err)
		return errReported
	}
	for _, w := range f.Warnings {
		_, _ = fmt.Fprintf(m.Stdout, "warning: %s\n", w)
	}
	summary := "node settings only"
	if f.Center != nil {
		if err := checkCenter(f.Center); err != nil {
			_, _ = fmt.Fprintf(m.Stderr, "%s: %v\n", c.File, err)
			return errReported
		}
		summary = fmt.Sprintf("%d tenants, %d numbers, %d queues, %d agents",
			len(f.Center.Tenants), len(f.Center.Numbers), len(f.Center.Queues), len(f.Center.Agents))
	}
	_, _ = fmt.Fprintf(m.Stdout, "%s: good (%s), %d warnings\n", c.File, summary, len(f.Warnings))
	if c.Strict && len(f.Warnings) > 0 {
		return errReported
	}
	return nil
}

// checkCenter asks the matcher too, which knows its strategies.
func checkCenter(c *config.Center) error {
	built, err := withoutPasswords(c)
	if err != nil {
		return err
	}
	return queues.Validate(cc.NewDirectory(built))
}

// withoutPasswords builds a center that nobody will sign in to: hashing passwords takes time.
func withoutPasswords(c *config.Center) (*cc.Center, error) {
	plain := *c
	plain.Agents = append([]config.Agent(nil), c.Agents...)
	for i := range plain.Agents {
		plain.Agents[i].Password = ""
	}
	return plain.Build(nil)
}

type demoCmd struct{}

// Run prints the demo configuration: the file to begin one's own with.
func (demoCmd) Run(m *Main) error {
	_, err := m.Stdout.Write(config.DemoSource())
	return err
}
