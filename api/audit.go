package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wirechief/wirechief/api/wire"
	"github.com/wirechief/wirechief/persistence/machine"
)

// AuditPrefix is where accesses are kept in the journal's index: audit/<start of the hour, ms as 16 hex digits>-<of who
// and what>. One row stands for all accesses of one person to one thing from one address in that hour: a player fetches
// one recording by dozens of range requests. An act on somebody else has a row of its own, with its own time.
const AuditPrefix = "audit/"

// Bounds of the audit.
const (
	auditDays   = 365       // kept, where the configuration does not say
	maxAudit    = 1_000_000 // rows; past it the oldest go before their time, which is counted and logged
	auditAtOnce = 1_000     // rows deleted in one append
	auditHour   = int64(time.Hour / time.Millisecond)
)

// Access is one audited look at something that is not for everybody, or with Detail one act on somebody else (R97).
type Access struct {
	At     wire.Time `json:"at"`
	What   string    `json:"what"`
	Agent  string    `json:"agent"`
	Role   string    `json:"role"`
	Tenant string    `json:"tenant"`
	Call   string    `json:"call"`
	ID     string    `json:"id"`
	Source string    `json:"source"`
	Detail string    `json:"detail,omitempty"`
}

// auditor keeps who looked at what, for so long and no more than so many.
type auditor struct {
	e                             Engine
	now                           func() int64
	keepMs                        int64
	most                          int64
	rows                          atomic.Int64
	pruned, dropped, written, put atomic.Uint64
}

func newAuditor(e Engine, keep time.Duration) *auditor {
	if keep <= 0 {
		keep = auditDays * 24 * time.Hour
	}
	return &auditor{e: e, now: func() int64 { return e.Journal().NowMs() }, keepMs: keep.Milliseconds(), most: maxAudit}
}

func (a *auditor) each(f func(name string, v float64)) {
	f("audit_rows", float64(a.rows.Load()))
	f("audit_accesses_total", float64(a.put.Load()))
	f("audit_written_total", float64(a.written.Load()))
	f("audit_pruned_total", float64(a.pruned.Load()))
	f("audit_dropped_total", float64(a.dropped.Load()))
}

// note writes an access down before it happens, unless its hour has it already; fresh says that it had not.
func (a *auditor) note(ctx context.Context, x Access) (fresh bool, err error) {
	now := a.now()
	x.At = wire.At(now)
	nth := a.put.Add(1)
	host, _, _ := strings.Cut(x.Source, "]") // an IPv6 address keeps its colons
	if !strings.HasPrefix(host, "[") {
		host, _, _ = strings.Cut(host, ":")
	}
	at, which := now-now%auditHour, ""
	if x.Detail != "" {
		at, which = now, strconv.FormatUint(nth, 10)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{x.What, x.Agent, x.Role, x.ID, host, x.Detail, which}, "\x00")))
	key := fmt.Sprintf("%s%016x-%s", AuditPrefix, at, hex.EncodeToString(sum[:8]))
	v := a.e.Journal().View()
	_, known := v.Get([]byte(key))
	v.Close()
	if known {
		return false, nil
	}
	data, err := json.Marshal(x)
	if err != nil {
		return false, fmt.Errorf("encoding an access: %w", err)
	}
	if err := a.e.PutIndex(ctx, key, data); err != nil {
		return false, err
	}
	a.rows.Add(1)
	a.written.Add(1)
	return true, nil
}

// sweep deletes rows that are past their time, and the oldest past the bound. It gives how many went before their time.
func (a *auditor) sweep(ctx context.Context) (early int, err error) {
	until := a.now() - a.keepMs
	for {
		old, young, total := a.oldest(until)
		a.rows.Store(total)
		if len(old)+len(young) == 0 {
			return early, nil
		}
		if err := a.e.PutRows(ctx, append(old, young...)...); err != nil {
			return early, err
		}
		a.pruned.Add(uint64(len(old)))
		a.dropped.Add(uint64(len(young)))
		a.rows.Add(-int64(len(old) + len(young)))
		early += len(young)
	}
}

// oldest gives the next rows to delete, past their time and before it, at most auditAtOnce, and how many there are.
func (a *auditor) oldest(until int64) (old, young []machine.IndexOp, total int64) {
	v := a.e.Journal().View()
	defer v.Close()
	var first []machine.IndexOp // the oldest rows that are within their time
	for k := range v.Scan([]byte(AuditPrefix)) {
		total++
		if len(old)+len(first) == auditAtOnce {
			continue
		}
		op := machine.IndexOp{Key: append([]byte(nil), k...), Delete: true}
		if at, ok := auditTime(string(k)); ok && at >= until {
			first = append(first, op)
		} else {
			old = append(old, op)
		}
	}
	excess := total - int64(len(old)) - a.most
	return old, first[:max(0, min(excess, int64(len(first))))], total
}

// auditTime is the time in a key.
func auditTime(key string) (ms int64, ok bool) {
	hex, _, _ := strings.Cut(strings.TrimPrefix(key, AuditPrefix), "-")
	ms, err := strconv.ParseInt(hex, 16, 64)
	return ms, err == nil
}

// audit writes down an access before it happens.
func (s *Server) audit(ctx context.Context, a Access) error {
	fresh, err := s.auditor.note(ctx, a)
	if fresh {
		s.log.Info("access", "what", a.What, "id", a.ID, "agent", a.Agent, "role", a.Role, "tenant", a.Tenant,
			"call", a.Call, "source", a.Source, "detail", a.Detail)
	}
	return err
}
