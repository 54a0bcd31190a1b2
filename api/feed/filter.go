package feed

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Filter says what a reader gets: of the tenants granted (I12), of the types wanted.
type Filter struct {
	Everything bool     // all tenants, and calls whose tenant is not settled
	Tenants    []string // granted, or those asked for among them
	Types      []string // patterns as cc.EventMatches takes them; none: all
}

// Passes is the one filter between the journal and an integrator.
func (f *Filter) Passes(it *Item) bool {
	if len(f.Types) > 0 && !slices.ContainsFunc(f.Types, func(p string) bool { return cc.EventMatches(p, it.Type) }) {
		return false
	}
	switch {
	case f.Everything || it.Open:
		return true
	case it.Tenant != "":
		return slices.Contains(f.Tenants, it.Tenant)
	}
	return slices.ContainsFunc(it.Tenants, func(t string) bool { return slices.Contains(f.Tenants, t) })
}
