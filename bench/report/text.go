package report

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wirechief/wirechief/bench/load"
)

// ms gives a duration as milliseconds for people.
func ms(d time.Duration) string {
	v := float64(d) / 1e6
	if v < 10 {
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func kib(n int64) string { return fmt.Sprintf("%d KiB", n>>10) }

func share(v float64) string { return fmt.Sprintf("%.0f%%", v*100) }

// Text writes the figures for people.
func (r *Run) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(t, format+"\n", args...) }
	p("Wirechief, figures of one run (%s, took %.0f s)", r.When.UTC().Format(time.RFC3339), r.Took.Seconds())
	p("%s, %d cores; engine on core %d, generator on core %d; kernel %s, %s; load average before: %s",
		r.Machine.CPU, r.Machine.Cores, r.Machine.EngineCore, r.Machine.GeneratorCore, r.Machine.Kernel, r.Machine.Go,
		r.Machine.LoadBefore)
	p("engine: %s; journal on disk, every decision durable before it acts", r.Engine)
	p("peers: %s", PeersSource)
	r.latencies(p)
	r.rates(p)
	r.journal(p)
	r.memory(p)
	r.audits(p)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	return nil
}

type printer func(format string, args ...any)

func (r *Run) latencies(p printer) {
	s := &r.Ring
	p("\ntime to ring, INVITE of the caller out to INVITE at the idle agent's phone in, %d agents, %d calls at %.0f/s",
		s.Agents, s.Calls, s.Rate)
	p("\tp50\tp99\tmax\tFreeSWITCH p50 / p99\tAsterisk p50 / p99")
	p("  from when it was due\t%s ms\t%s ms\t%s ms\t%s\t%s", ms(s.Ring.P50), ms(s.Ring.P99), ms(s.Ring.Max),
		peers["ring"].freeswitch, peers["ring"].asterisk)
	p("  from when it was sent\t%s ms\t%s ms\t%s ms", ms(s.RingWire.P50), ms(s.RingWire.P99), ms(s.RingWire.Max))
	p("  generator late\t%s ms\t%s ms\t%s ms", ms(s.Late.P50), ms(s.Late.P99), ms(s.Late.Max))
	p("  records on the path, which share syncs: %d, of %s ms each (p50, one writer)", r.commits(), ms(r.commit()))
	p("\nre-offer, agent's BYE out to the next caller's INVITE at the same phone in, %d agents, %d waiting, %d re-offers",
		r.Reoffer.Agents, r.Reoffer.Waiting, r.Reoffer.Latency.Count)
	p("\tp50\tp99\tmax\tFreeSWITCH p50 / p99\tAsterisk p50 / p99")
	l := r.Reoffer.Latency
	p("  wrap-up none\t%s ms\t%s ms\t%s ms\t%s\t%s", ms(l.P50), ms(l.P99), ms(l.Max), peers["reoffer"].freeswitch,
		peers["reoffer"].asterisk)
}

func (r *Run) rates(p printer) {
	p("\ncalls through number, queue, agent, answer, agent's BYE, wrap-up; Poisson arrivals, hold uniform")
	steps(p, r.Steps)
	best("highest rate held", p, r.Steps, (*load.Step).Held)
	best("highest clean rate", p, r.Steps, (*load.Step).Clean)
	p("  held: < %.1f%% failed, completed as offered; clean: and p99 to ring < %d ms. FreeSWITCH %s at %s CPU a call, Asterisk %s at %s "+
		"(500 agents, 1 s hold, clean)", load.HeldFailed*100, load.CleanRing.Milliseconds(), peers["rate"].freeswitch,
		peers["cpu"].freeswitch, peers["rate"].asterisk, peers["cpu"].asterisk)
	if o := &r.Overload; o.Calls > 0 {
		p("\nthe same at twice the highest rate held")
		steps(p, []load.Step{*o})
		goodput := 0.0
		if b := Best(r.Steps, (*load.Step).Held); b != nil {
			goodput = o.Completed / b.Completed
		}
		p("  completed: %s of the highest rate; refused with 503: %d calls, after p50 %s, p99 %s, max %s ms", share(goodput), o.Refused,
			ms(o.RefusedIn.P50), ms(o.RefusedIn.P99), ms(o.RefusedIn.Max))
	}
	if len(r.Recorded) > 0 {
		p("\nthe same, every call recorded")
		steps(p, r.Recorded)
	}
}

func best(what string, p printer, list []load.Step, good func(*load.Step) bool) {
	b := Best(list, good)
	if b == nil {
		p("  %s: none", what)
		return
	}
	p("  %s: %.0f calls/s at %.2f ms CPU a call, p99 to ring %s ms", what, b.Offered, float64(b.CPUPerCall)/1e6,
		ms(b.Ring.P99))
}

func steps(p printer, list []load.Step) {
	p("  agents\thold s\toffered/s\tcompleted/s\tfailed\tto ring p50\tp99\tmax ms\tCPU ms/call\tengine\tothers\t" +
		"generator\tlate p99 ms\tresent\tRSS MiB\tdisk KiB/call\tclean")
	for i := range list {
		s := &list[i]
		p("  %d\t%.1f-%.1f\t%.0f\t%.0f\t%.2f%%%s\t%s\t%s\t%s\t%.2f\t%s\t%s\t%s\t%s\t%d\t%d\t%.1f\t%t", s.Agents,
			s.Hold[0].Seconds(), s.Hold[1].Seconds(), s.Offered, s.Completed, s.FailedShare()*100, why(s.Why),
			ms(s.Ring.P50), ms(s.Ring.P99), ms(s.Ring.Max), float64(s.CPUPerCall)/1e6, share(s.EngineBusy),
			share(s.OthersBusy), share(s.GeneratorBusy), ms(s.Late.P99), s.Resent, s.RSS>>20, s.WrittenPerCall/1024, s.Clean())
	}
}

func why(m map[string]int) string {
	var out []string
	for k, v := range m {
		out = append(out, fmt.Sprintf("%s: %d", k, v))
	}
	if len(out) == 0 {
		return ""
	}
	sort.Strings(out)
	return " (" + strings.Join(out, ", ") + ")"
}

func (r *Run) journal(p printer) {
	j := &r.Journal
	p("\njournal by itself, 200-byte records, each writer waits for its append before the next")
	p("\tper second\tp50\tp99\tmax\tCPU us\trecords a sync\tlog bytes")
	p("  bare write + fdatasync\t%.0f\t%s ms\t%s ms", j.SyncPerSecond, ms(j.SyncP50), ms(j.SyncP99))
	for _, x := range j.Runs {
		p("  %d writers\t%.0f\t%s ms\t%s ms\t%s ms\t%.1f\t%.1f\t%.0f", x.Writers, x.PerSecond, ms(x.P50), ms(x.P99),
			ms(x.Max), float64(x.CPUPerAppend)/1e3, x.AppendsPerSync, x.BytesPerAppend)
	}
}

func (r *Run) memory(p printer) {
	m := &r.Memory
	p("\nresident memory for each call (engine %s before any)\tFreeSWITCH\tAsterisk", kib(m.Base))
	p("  waiting, hold music playing, %d calls: %s\t%s\t%s", m.Waiting, kib(m.PerWaiting), peers["waiting"].freeswitch,
		peers["waiting"].asterisk)
	p("  bridged with audio both ways and recorded, %d calls: %s\t%s\t%s (neither recording)", m.Bridged,
		kib(m.PerBridged), peers["bridged"].freeswitch, peers["bridged"].asterisk)
}

func (r *Run) audits(p printer) {
	p("\njournal of the engines above, read after they ended")
	p("  calls\tanswered\tviolations\trecords a call\tbytes a call\tagent records a call\tbytes\tsummary bytes\tdirectory MiB")
	for _, a := range r.Audits {
		p("  %d\t%d\t%d\t%.1f\t%.0f\t%.1f\t%.0f\t%.0f\t%d", a.Calls, a.Answered, len(a.Violations), a.CallRecords, a.CallBytes,
			a.AgentRecords, a.AgentBytes, a.SummaryBytes, a.DirBytes>>20)
	}
}
