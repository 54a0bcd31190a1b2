package api

import (
	"slices"
	"time"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
)

// maxIntervals bounds the intervals of one table.
const maxIntervals = 1_000

// seesAgents says of whom a person is told: agents of a common tenant, and of a common team unless the person is of no
// team or reads all. Who has left the configuration is told to those who are granted every tenant.
func seesAgents(p *auth.Principal, dir *cc.Directory) func(agent string) bool {
	teams := dir.Agent(p.Agent).GetTeams()
	if p.Can(auth.TeamsAll) {
		teams = nil
	}
	everything := len(teams) == 0
	for _, t := range dir.Center.Tenants {
		everything = everything && p.Granted(t.Id)
	}
	return func(agent string) bool {
		a := dir.Agent(agent)
		switch {
		case a == nil:
			return everything
		case !p.Shares(a.Tenants):
			return false
		}
		return len(teams) == 0 || slices.ContainsFunc(a.Teams, func(t string) bool { return slices.Contains(teams, t) })
	}
}

// edges of the intervals between two times. Days are those of the zone's calendar; hours and quarters are of 60 and 15
// minutes.
func edges(from, to time.Time, interval, zone string) ([]int64, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, wire.Errorf(wire.CodeBadRequest, "there is no time zone %.40q", zone).With("field", "tz")
	}
	start := figures.Quarter(from.UnixMilli())
	end := figures.Quarter(to.UnixMilli() + figures.QuarterMs - 1)
	if from.UnixMilli() < 0 || end <= start {
		return nil, wire.Errorf(wire.CodeBadRequest, "to is not after from").With("field", "to")
	}
	next := func(ms int64) int64 { return end }
	switch interval {
	case "15m":
		next = func(ms int64) int64 { return ms + figures.QuarterMs }
	case "1h":
		next = func(ms int64) int64 { return ms + 4*figures.QuarterMs }
	case "1d":
		next = func(ms int64) int64 {
			y, m, d := time.UnixMilli(ms).In(loc).Date()
			// A zone may have no midnight on the day its clocks change.
			return max(ms+figures.QuarterMs, figures.Quarter(time.Date(y, m, d+1, 0, 0, 0, 0, loc).UnixMilli()))
		}
	}
	out := []int64{start}
	for at := next(start); at < end; at = next(at) {
		if len(out) >= maxIntervals {
			return nil, wire.Errorf(wire.CodeTooLarge, "a table has at most %d intervals", maxIntervals).With("field", "interval")
		}
		out = append(out, at)
	}
	return append(out, end), nil
}
