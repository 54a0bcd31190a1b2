package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// CenterFile is a center file, read and checked against the configuration in force.
type CenterFile struct {
	Center   *cc.Center
	Changes  []string // what it would change
	Warnings []string // what would be without effect as it stands, and what waits for the next start (R104)
}

// ReadCenter reads a center file. Mistakes is one line each, with file, line and field; then the file is nil.
type ReadCenter func(name string, text []byte, inForce *cc.Center) (file *CenterFile, mistakes []string, err error)

type applyIn struct {
	Body struct {
		Name   string `json:"name,omitempty" maxLength:"256" doc:"Name of the file in messages"`
		File   string `json:"file" minLength:"1" doc:"The whole center file, as YAML"`
		DryRun bool   `json:"dry_run,omitempty" doc:"Only say what it would change"`
		// by queue that goes
		DrainTo map[string]string `json:"drain_to,omitempty" doc:"Where callers of a removed queue go, by queue; else queue_not_empty (R88)"`

		Version uint64 `json:"version,omitempty" doc:"The version that must be in force; any when left out"`
	}
}

// Applied says what a center file changes, or would change.
type Applied struct {
	Version  uint64   `json:"version" doc:"The version in force now"`
	Applied  bool     `json:"applied" doc:"The file is in force; false for a dry run, and where it changes nothing"`
	Changes  []string `json:"changes" doc:"e.g. queues[support] changed"`
	Warnings []string `json:"warnings" doc:"What will be without effect as it stands, with line and field"`
}

type applyOut struct{ Body Applied }

// centerPath takes larger bodies, for longer, than other paths.
const centerPath = "/v1/center"

func (s *Server) applyOps(api huma.API) {
	register(api, auth.CenterApply, http.MethodPost, centerPath, "apply-center",
		"Put a center file in force; only by an admin of all tenants", s.apply)
}

func (s *Server) apply(ctx context.Context, in *applyIn) (*applyOut, error) {
	p := who(ctx)
	if s.c.ReadCenter == nil {
		return nil, wire.Errorf(cc.CodeUnavailable, "this node takes no center file")
	}
	s.applying.Lock()
	defer s.applying.Unlock()
	inForce := s.c.Engine.Directory().Center
	for _, t := range inForce.Tenants {
		if !p.Granted(t.Id) {
			return nil, wire.Errorf(wire.CodeForbidden, "the center is for admins of all its tenants, not of %.40q", t.Id).
				With("permission", string(auth.CenterApply)).With("tenant", t.Id)
		}
	}
	if in.Body.Version != 0 && in.Body.Version != inForce.Version {
		return nil, wire.Errorf(wire.CodeCenterChanged, "version %d is in force, not %d", inForce.Version, in.Body.Version).
			With("version", strconv.FormatUint(inForce.Version, 10))
	}
	name := in.Body.Name
	if name == "" {
		name = "center"
	}
	file, mistakes, err := s.c.ReadCenter(name, []byte(in.Body.File), inForce)
	switch {
	case err != nil:
		return nil, err
	case len(mistakes) > 0:
		return nil, wire.Errorf(wire.CodeBadCenter, "%s", mistakes[0]).With("mistakes", strings.Join(mistakes, "\n"))
	}
	out := &applyOut{Applied{
		Version: inForce.Version, Changes: append([]string{}, file.Changes...),
		Warnings: append([]string{}, file.Warnings...),
	}}
	if in.Body.DryRun || len(file.Changes) == 0 {
		return out, nil
	}
	if err := s.c.Engine.ApplyDraining(ctx, file.Center, in.Body.DrainTo); err != nil {
		return nil, err
	}
	out.Body.Version, out.Body.Applied = s.c.Engine.Directory().Center.Version, true
	s.log.Info("center applied", "agent", p.Agent, "client", remote(ctx), "version", out.Body.Version,
		"changes", len(file.Changes), "warnings", len(file.Warnings))
	return out, nil
}
