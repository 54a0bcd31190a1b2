package main

import (
	"fmt"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/queues"
	"github.com/wirechief/wirechief/sim/whatif"
)

// whatIf plays the journal's day with another configuration.
func (c *replayCmd) whatIf(m *Main, a *persistence.Archive) error {
	patience, err := whatif.ParsePatience(c.Patience)
	if err != nil {
		return err
	}
	center, err := plainCenter(c.WhatIf)
	if err != nil {
		_, _ = fmt.Fprintln(m.Stderr, err)
		return errReported
	}
	r, err := whatif.Run(a.Reader(), whatif.Options{
		Center: center, Patience: patience, Seed: c.Seed, From: c.From, To: c.To,
	})
	if err != nil {
		return fmt.Errorf("what if: %w", err)
	}
	if c.JSON != "-" {
		r.Write(m.Stdout)
	}
	return writeJSON(m.Stdout, c.JSON, &r)
}

// plainCenter builds a file's center part without passwords: hashing them takes time, and nobody signs in.
func plainCenter(path string) (*cc.Center, error) {
	f, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	if f.Center == nil {
		return nil, fmt.Errorf("%s: it has no center part", path)
	}
	built, err := withoutPasswords(f.Center)
	if err == nil {
		err = queues.Validate(cc.NewDirectory(built))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return built, nil
}
