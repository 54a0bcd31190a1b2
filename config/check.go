package config

import (
	"fmt"
	"strconv"
)

// checker finds what is wrong between the parts of a center: references, roles, doubles. What is merely without effect
// becomes a warning (R104).
type checker struct {
	*Center
	problems, warnings Problems

	tenants, campaigns, workflows, queues, agents, reasons, trunks map[string]int // id -> index
	numbers                                                        map[string]int // E.164 -> index
}

func (c *Center) check() (problems, warnings Problems) {
	k := &checker{Center: c, numbers: make(map[string]int, len(c.Numbers))}
	k.tenants = ids(k, "tenants", c.Tenants, func(t *Tenant) string { return t.ID })
	k.campaigns = ids(k, "campaigns", c.Campaigns, func(x *Campaign) string { return x.ID })
	k.workflows = ids(k, "workflows", c.Workflows, func(w *Workflow) string { return w.ID })
	k.queues = ids(k, "queues", c.Queues, func(q *Queue) string { return q.ID })
	k.agents = ids(k, "agents", c.Agents, func(a *Agent) string { return a.ID })
	k.reasons = ids(k, "reasons", c.Reasons, func(r *Reason) string { return r.ID })
	k.trunks = ids(k, "trunks", c.Trunks, func(t *Trunk) string { return t.ID })
	k.checkCompany()
	k.checkTenants()
	k.checkNumbers()
	k.checkWorkflows()
	k.checkQueues()
	k.checkRouting()
	k.checkAgents()
	k.checkTrunks()
	k.checkIntegrations()
	if len(k.problems) == 0 {
		k.warn()
	}
	k.warnings.sort()
	return k.problems, k.warnings
}

func (k *checker) fail(path, format string, args ...any) {
	k.problems = append(k.problems, k.places.at(path, format, args...))
}

func (k *checker) warnAt(path, format string, args ...any) {
	k.warnings = append(k.warnings, k.places.at(path, format, args...))
}

// ids indexes a list and complains of doubles; an id that is missing was complained of by the decoder.
func ids[T any](k *checker, list string, items []T, id func(*T) string) map[string]int {
	m := make(map[string]int, len(items))
	for i := range items {
		v := id(&items[i])
		if v == "" {
			continue
		}
		if first, twice := m[v]; twice {
			k.fail(item(list, i, "id"), "%s is taken by %s", quote(v), k.where(item(list, first, "id")))
			continue
		}
		m[v] = i
	}
	return m
}

// item is the path of a field of a list's item; without key the item itself.
func item(list string, i int, key string) string {
	at := list + "[" + strconv.Itoa(i) + "]"
	if key == "" {
		return at
	}
	return at + "." + key
}

// where names a field of the file and its line.
func (k *checker) where(path string) string {
	return fmt.Sprintf("%s (line %d)", path, k.places.at(path, "").Line)
}

// refer complains of an id that is not there; an empty one is nobody's reference.
func (k *checker) refer(path, id, what string, known map[string]int) bool {
	if id == "" {
		return false
	}
	if _, ok := known[id]; ok {
		return true
	}
	fields := make([]field, 0, len(known))
	if len(known) <= 1000 {
		for v, i := range known {
			fields = append(fields, field{key: v, index: i})
		}
	}
	k.fail(path, "there is no %s %s%s", what, quote(id), suggest(id, fields))
	return false
}

// referAll checks a list of references, each of which may stand once.
func (k *checker) referAll(path string, refs []string, what string, known map[string]int) {
	seen := make(map[string]bool, len(refs))
	for i, id := range refs {
		at := path + "[" + strconv.Itoa(i) + "]"
		if seen[id] {
			k.fail(at, "%s is listed twice", quote(id))
			continue
		}
		seen[id] = true
		k.refer(at, id, what, known)
	}
}

func (k *checker) checkCompany() {
	if k.Company.MD5Only && !k.Company.AllowMD5 {
		k.fail("company.md5_only", "needs company.allow_md5: true")
	}
}

func (k *checker) checkWorkflows() {
	for i := range k.Workflows {
		w := &k.Workflows[i]
		for j := range w.Steps {
			k.refer(item("workflows", i, item("steps", j, "queue")), w.Steps[j].Queue, "queue", k.queues)
		}
	}
}

func (k *checker) checkQueues() {
	for i := range k.Queues {
		q := &k.Queues[i]
		k.referAll(item("queues", i, "tenants"), q.Tenants, "tenant", k.tenants)
		if q.WrapUp != nil {
			k.checkWrapUp(item("queues", i, "wrapup"), *q.WrapUp)
		}
	}
}

func (k *checker) checkWrapUp(path string, w WrapUp) {
	if w.timed() && w.LengthMs > w.MaxMs {
		k.fail(join(path, "length_ms"), "must not be above max_ms (%d), is %d", w.MaxMs, w.LengthMs)
	}
}

// timed says that the length counts: none has none, and manual lasts until finished or max_ms.
func (w *WrapUp) timed() bool { return w.Mode == "timed" || w.Mode == "timed_early" }

func (k *checker) checkTrunks() {
	owner := map[string]string{}
	for i := range k.Trunks {
		for j, s := range k.Trunks[i].Sources {
			at := item("trunks", i, item("sources", j, ""))
			p, err := parseNetwork(s)
			if err != nil {
				continue // the decoder has said so
			}
			if first, twice := owner[p.String()]; twice {
				k.fail(at, "%s is a source of %s already", quote(s), first)
				continue
			}
			owner[p.String()] = k.where(at)
			if p.Bits() == 0 {
				k.warnAt(at, "anybody on the network may send calls by this trunk")
			}
		}
	}
}
