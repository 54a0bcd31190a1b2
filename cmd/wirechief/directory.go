package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/directory"
)

// directoryCmd moves files in and out of a running node's directory of customers.
type directoryCmd struct {
	Import directoryImportCmd `cmd:"" help:"Take a CSV file: all of it, or nothing where it has mistakes."`
	Export directoryExportCmd `cmd:"" help:"Print all of a tenant as a CSV file."`
}

// signIn is how a command reaches a running node.
type signIn struct {
	URL      string `name:"url" help:"Where the engine's HTTP side is." default:"http://127.0.0.1:8080"`
	Login    string `help:"Login of an admin or integrator." required:""`
	Password string `help:"Its password." env:"WIRECHIEF_PASSWORD" required:""`
}

// do signs in, makes one request, and signs out.
func (c *signIn) do(ctx context.Context, method, path, kind string, body []byte) ([]byte, error) {
	tokens, err := apiclient.Login(ctx, c.URL, c.Login, c.Password)
	if err != nil {
		return nil, fmt.Errorf("signing in: %w", err)
	}
	defer func() {
		_ = apiclient.Call(context.WithoutCancel(ctx), c.URL, tokens.Access, http.MethodPost, "/v1/logout", nil, nil)
	}()
	return apiclient.Raw(ctx, c.URL, tokens.Access, method, path, kind, body)
}

type directoryImportCmd struct {
	File string `arg:"" help:"CSV file; its first line names the columns, see docs/api.md."`
	signIn
}

// Run imports the file; its mistakes are printed one a line.
func (c *directoryImportCmd) Run(ctx context.Context, m *Main) error {
	info, err := os.Stat(c.File)
	if err == nil && info.Size() > directory.MaxFile {
		err = fmt.Errorf("%s: larger than %d octets", c.File, directory.MaxFile)
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	answer, err := c.do(ctx, http.MethodPost, "/v1/directory/import", "text/csv", text)
	var refused *apiclient.Refusal
	if errors.As(err, &refused) && refused.Details["mistakes"] != "" {
		_, _ = fmt.Fprintf(m.Stderr, "%s: nothing was imported\n%s\n", c.File, refused.Details["mistakes"])
		return errReported
	}
	if err != nil {
		return fmt.Errorf("importing: %w", err)
	}
	_, _ = fmt.Fprintf(m.Stdout, "%s: imported %s", c.File, answer)
	return nil
}

type directoryExportCmd struct {
	Tenant string `arg:"" help:"Id of the tenant."`
	signIn
}

// Run prints the file.
func (c *directoryExportCmd) Run(ctx context.Context, m *Main) error {
	text, err := c.do(ctx, http.MethodGet, "/v1/directory/export?tenant="+url.QueryEscape(c.Tenant), "", nil)
	if err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	_, err = m.Stdout.Write(text)
	return err
}
