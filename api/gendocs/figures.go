package main

import (
	"fmt"
	"strings"

	"github.com/wirechief/wirechief/callcenter/figures"
)

const figuresIntro = `# Figures

<!-- Written by api/gendocs from the code and the text in api/gendocs/figures.go. Do not edit. -->

What a supervisor counts (rules R53 to R55, R76 to R78), how it is counted, and where it stands. The same list, for the options of a
question, is ` + "`GET /v1/figures/definitions`" + `.

## From events to figures

Facts are small rows made from the events of calls and agents, each from one stream alone:

| fact | starts | of |
|---|---|---|
| visit | when the call enters a queue | queue, tenant, campaign, how it left and when, who answered |
| offer | when it is made | queue, agent, outcome (R81) |
| talk | at the answer | queue, agent, until, hold |
| call | at its arrival | class and owner as first seen and as corrected (R52), everybody who owned it |
| wrap-up | at its start | agent, queue, tenant, call |
| quarter of an hour | at :00, :15, :30, :45 | agent: time idle, unavailable, ringing, on a queue call, in wrap-up, on other calls |

- A fact belongs to the interval it starts in. An agent's time is split at the borders. So the intervals of a day add up to the day,
  exactly: all figures are sums of whole numbers, a ratio is two of them.
- offered = answered + abandoned + flowed out + still waiting, in every row. A transfer into a second queue is one more offered there
  and flowed out nowhere; a step of the workflow (roll-over) is flowed out of the first queue and offered in the second. An abandon
  while ringing is an abandon of the queue. A caller who comes back after an agent was lost (R85) is still the same visit.
- A call resumed by a redial (R94) counts once: the first is ` + "`resumed`" + `, not offered, not abandoned.
- Test calls (R5), blocked, bypassed and internal calls are outside everything but the time of the agents who had them.
- What runs is counted as it stands when asked: a call that waits, talks, a wrap-up, an agent's state.
- ` + "`view=seen`" + ` takes class and owner as first seen, ` + "`view=corrected`" + ` as corrected by a person where one did.
- ` + "`credit=owner`" + ` books a call for its owner at the close, ` + "`credit=segment`" + ` for each who owned it.
- Rows by agent have one without a key: what nobody answered or owns, the pseudo agent Abandoned. Rows by team count a fact in each
  team of its agent, as the configuration in force has them. An agent's time is no queue's, tenant's or campaign's: occupancy and
  utilisation stand in rows by agent and team only.
- Intervals are 15 minutes, hours, days of the calendar of ` + "`tz`" + `, or the whole span; times are rounded to quarters of an hour.

## Asking

| | |
|---|---|
| ` + "`GET /v1/figures?from&to&by&interval`" + ` | rows; filters queue, agent, team, tenant, campaign; options below |
| ` + "`GET /v1/figures/calls?...&figure=abandoned&key=sales`" + ` | the facts a figure counts: as many as it says. ` + "`key=-`" + ` is the row without a key |
| ` + "`GET /v1/figures/mine`" + ` | one's own, for every agent (R78) |
| ` + "`GET /v1/scorecards`" + ` | each agent's calls: booked, unbooked, excused, not a lead; abandoned apart, unanswered and unclaimed, oldest first |
| ` + "`GET /v1/callbacks`, `/v1/callbacks/figures`" + ` | who is to be called back; share reached by due_at = reached by due_at / opened, overdue now, median minutes from the call's end to reached |
| ` + "`queue.stats`, `GET /v1/queues`" + ` | live: waiting, average and longest wait, agents by what they do |

Tenants limit what anybody sees. A supervisor who is of teams is told of agents of these teams; auditors, integrators and admins of all.
One question reads at most 2,000,000 rows and has at most 1,000 intervals and 20,000 rows in its answer.

## Where they are kept

Each node follows its own journal and writes the facts into a key space beside it, in lots, never on a call's path; metrics
` + "`wirechief_facts_*`" + ` say how far it is behind. The rows are never ahead of the journal and go on from where they were after a crash.
They are made again by ` + "`wirechief serve --rebuild-figures`" + `, and by themselves when a program counts otherwise than the one before; until
that is done figures answer ` + "`unavailable`" + `. A journal whose call streams have been compacted has no events to make them from: keep
the rows, or what is older is gone from the figures.
`

// figurePage lists every figure under the defaults of R77, and what the options make of the service level.
func figurePage() []byte {
	var b strings.Builder
	b.WriteString(figuresIntro)
	b.WriteString("\n## Sums\n\nT is `sl_ms`, default 20 s; S is `short_ms`, default 5 s.\n\n| name | label | formula | unit |\n|---|---|---|---|\n")
	for _, m := range figures.Measures {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Name, m.Label, m.Formula, m.Unit)
	}
	b.WriteString("\n## Ratios\n\nShares are num / den; nothing over nothing is left out. `service_level` is the one that `sl` names.\n\n")
	b.WriteString("| name | label | formula | unit |\n|---|---|---|---|\n")
	o := figures.Defaults(0)
	for _, r := range figures.Ratios(&o) {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Name, r.Label, r.Formula, r.Unit)
	}
	b.WriteString("\n`sl_genesys` under its options:\n\n| options | formula |\n|---|---|\n")
	for i := range 8 {
		o := figures.Defaults(0)
		o.WithFlowedOut, o.WithShort, o.WithoutAbandons = i&1 != 0, i&2 != 0, i&4 != 0
		if o.WithShort && o.WithoutAbandons {
			continue // without abandons there are no short ones
		}
		var names []string
		for _, x := range []struct {
			on   bool
			name string
		}{{o.WithFlowedOut, "sl_flowed_out"}, {o.WithShort, "sl_short"}, {o.WithoutAbandons, "sl_no_abandons"}} {
			if x.on {
				names = append(names, "`"+x.name+"`")
			}
		}
		if len(names) == 0 {
			names = []string{"none"}
		}
		for _, r := range figures.Ratios(&o) {
			if r.Name == "sl_genesys" {
				fmt.Fprintf(&b, "| %s | %s |\n", strings.Join(names, ", "), r.Formula)
			}
		}
	}
	return []byte(b.String())
}
