package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/config"
)

// applyCmd puts a center file in force on a running node.
type applyCmd struct {
	Config   string `help:"Configuration file; its node settings are left out." required:"" short:"c" placeholder:"FILE" env:"-"`
	URL      string `name:"url" help:"Where the engine's HTTP side is." default:"http://127.0.0.1:8080"`
	Login    string `help:"Login of an admin." required:""`
	Password string `help:"Its password." env:"WIRECHIEF_PASSWORD" required:""`
	DryRun   bool   `help:"Only show what would change."`
	Strict   bool   `help:"Apply nothing where there are warnings."`
}

// Run checks the file here, asks the node what it would change, shows that, and applies just that: should another
// version be in force by then, nothing is applied.
func (c *applyCmd) Run(ctx context.Context, m *Main) error {
	f, err := config.Load(c.Config)
	if err == nil && f.Center == nil {
		err = fmt.Errorf("%s: it has no center part", c.Config)
	}
	if err != nil {
		_, _ = fmt.Fprintln(m.Stderr, err)
		return errReported
	}
	text, err := os.ReadFile(c.Config)
	if err != nil {
		return fmt.Errorf("reading configuration: %w", err)
	}
	tokens, err := apiclient.Login(ctx, c.URL, c.Login, c.Password)
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	defer func() {
		_ = apiclient.Call(context.WithoutCancel(ctx), c.URL, tokens.Access, http.MethodPost, "/v1/logout", nil, nil)
	}()
	would, err := c.post(ctx, m, tokens.Access, string(text), true, 0)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(m.Stdout, format+"\n", args...) }
	for _, w := range would.Warnings {
		say("warning: %s", w)
	}
	for _, d := range would.Changes {
		say("%s", d)
	}
	switch {
	case len(would.Changes) == 0:
		say("%s: nothing to change, version %d is in force", c.Config, would.Version)
		return nil
	case c.Strict && len(would.Warnings) > 0:
		_, _ = fmt.Fprintf(m.Stderr, "%s: not applied, it has warnings\n", c.Config)
		return errReported
	case c.DryRun:
		say("%s: dry run, %d changes to version %d were not applied", c.Config, len(would.Changes), would.Version)
		return nil
	}
	done, err := c.post(ctx, m, tokens.Access, string(text), false, would.Version)
	if err != nil {
		return err
	}
	say("%s: applied, version %d is in force", c.Config, done.Version)
	return nil
}

func (c *applyCmd) post(ctx context.Context, m *Main, token, text string, dry bool, version uint64) (api.Applied, error) {
	var out api.Applied
	err := apiclient.Call(ctx, c.URL, token, http.MethodPost, "/v1/center", map[string]any{
		"name": c.Config, "file": text, "dry_run": dry, "version": version,
	}, &out)
	var refused *apiclient.Refusal
	if errors.As(err, &refused) && refused.Details["mistakes"] != "" {
		_, _ = fmt.Fprintln(m.Stderr, refused.Details["mistakes"])
		return out, errReported
	}
	if err != nil {
		return out, fmt.Errorf("applying: %w", err)
	}
	return out, nil
}
