package main

import (
	"errors"
	"slices"

	"github.com/wirechief/wirechief/api"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/queues"
)

// readCenter reads a center file for the API: every mistake with line and field, what it changes, what is without
// effect.
func readCenter(name string, text []byte, inForce *cc.Center) (*api.CenterFile, []string, error) {
	f, err := config.Parse(name, text)
	var mistakes config.Problems
	switch {
	case errors.As(err, &mistakes):
		return nil, lines(mistakes), nil
	case err != nil:
		return nil, nil, err
	case f.Center == nil:
		return nil, []string{name + ": it has no center part"}, nil
	case f.Center.Company.ID != inForce.GetCompany():
		return nil, []string{f.Center.Mistake("company.id", "is %q, the company in force is %q; a node serves one",
			f.Center.Company.ID, inForce.GetCompany()).String()}, nil
	}
	mistakes, retired := f.Center.ReasonsAgainst(inForce)
	if len(mistakes) > 0 {
		return nil, lines(mistakes), nil
	}
	center, err := f.Center.Build(inForce)
	if err != nil {
		return nil, nil, err
	}
	if bad := queues.Validate(cc.NewDirectory(center)); bad != nil {
		return nil, []string{name + ": " + bad.Error()}, nil //nolint:nilerr // said to the user, or tried again
	}
	out := &api.CenterFile{Center: center, Changes: config.Diff(inForce, center)}
	out.Warnings = lines(slices.Concat(f.Warnings, retired, nextStart(f.Center, inForce)))
	if !administered(center) {
		out.Warnings = append(out.Warnings, name+": agents: nobody with the role admin, all tenants and a password: "+
			"no further file could be applied")
	}
	return out, nil, nil
}

func lines(list config.Problems) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.String()
	}
	return out
}

// nextStart names what the endpoint takes over only when it starts.
func nextStart(c *config.Center, inForce *cc.Center) (out config.Problems) {
	const text = "takes effect at the next start"
	if c.Company.SIPRealm != inForce.GetSipRealm() {
		out = append(out, c.Mistake("company.sip_realm", text))
	}
	if c.Company.AllowMD5 != inForce.GetSipAllowMd5() {
		out = append(out, c.Mistake("company.allow_md5", text))
	}
	if c.Company.MD5Only != inForce.GetSipMd5Only() {
		out = append(out, c.Mistake("company.md5_only", text))
	}
	return out
}

// administered: somebody can apply the next file.
func administered(c *cc.Center) bool {
	for _, a := range c.Agents {
		all := a.Role == "admin" && a.PasswordHash != ""
		granted := make(map[string]bool, len(a.Tenants))
		for _, t := range a.Tenants {
			granted[t] = true
		}
		for _, t := range c.Tenants {
			all = all && granted[t.Id]
		}
		if all {
			return true
		}
	}
	return false
}
