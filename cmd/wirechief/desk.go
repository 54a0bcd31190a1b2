package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wirechief/wirechief/api/apiclient"
)

// deskCmd is a CSR's client for a terminal: it shows the desk's events and takes commands, one a line.
type deskCmd struct {
	URL       string `name:"url" help:"Where the engine's HTTP side is." default:"http://127.0.0.1:8080"`
	Login     string `help:"Console login." required:""`
	Password  string `help:"Its password." env:"WIRECHIEF_DESK_PASSWORD" required:""`
	Available bool   `help:"Become Available at once."`

	GiveUp time.Duration `help:"How long to try to come back after the connection was lost." default:"10m"`
}

// deskHelp lists what may be typed. Without a call id the last call offered or seen is meant.
const deskHelp = `available | unavailable [reason] | offline | accept | reject | hangup [call] | hold [call] | resume [call]
claim [call] | takeover call epoch | close [call] [reason [YYYY-MM-DD]] | booked [call] job | finish | extend
bubble [tenant] | focus [call] | draft version text | drafted [call] | do action [key=value ...] | note key=value ...
check location | unlinked job | suggestion id yes|no | tenant id | customer id [name] | tag word | untag word
notes text | callback [off] | followup YYYY-MM-DD [note] | followed | correct call field [value] | seen | help | quit
keys of do and note: customer, location, job, caller`

// desk is one run of the client.
type desk struct {
	m      *Main
	link   *deskLink
	mu     sync.Mutex
	client *apiclient.Client // guarded by mu
	call   string            // last one offered or updated; guarded by mu
	offer  string            // open offer; guarded by mu
}

// Run shows the desk until input ends or quit. A lost connection is taken up again where it was.
func (c *deskCmd) Run(ctx context.Context, m *Main) error {
	d := &desk{m: m, link: &deskLink{cmd: c}}
	client, err := d.link.open(ctx)
	if err != nil {
		return err
	}
	d.client = client
	defer func() { d.connection().Close() }()
	d.say("Signed in as %s. Type help for the commands.", c.Login)
	if c.Available {
		d.do(ctx, "status.set", map[string]any{"presence": "available"})
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		in := bufio.NewScanner(m.Stdin)
		for in.Scan() {
			if !d.line(ctx, strings.Fields(in.Text())) {
				return
			}
		}
		if !c.Available { // with --available an empty input just means that nobody types
			return
		}
		<-ctx.Done()
	}()
	return d.stay(ctx)
}

// stay shows events, over as many connections as it takes.
func (d *desk) stay(ctx context.Context) error {
	for {
		lost := d.show(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // said to the user, or tried again
		}
		old := d.connection()
		old.Close()
		d.say("- connection lost (%v), trying to come back", lost)
		client, err := d.link.again(ctx, old.Last(), d.say)
		if ctx.Err() != nil {
			if client != nil {
				client.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("coming back: %w", err)
		}
		d.mu.Lock()
		d.client = client
		d.mu.Unlock()
		d.say("- connected again, going on after event %d", old.Last())
	}
}

func (d *desk) connection() *apiclient.Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.client
}

func (d *desk) say(format string, args ...any) { _, _ = fmt.Fprintf(d.m.Stdout, format+"\n", args...) }

// show prints every event until the connection or ctx ends, and keeps the sign-in fresh meanwhile.
func (d *desk) show(ctx context.Context) error {
	for {
		wait, cancel := context.WithTimeout(ctx, d.link.fresh())
		f, err := d.connection().Next(wait)
		stale := wait.Err() != nil
		cancel()
		switch {
		case err == nil:
			d.note(f)
			d.say("< %s", f.Raw)
		case ctx.Err() != nil || !stale:
			return err
		default:
			if err := d.freshen(ctx); err != nil {
				return err
			}
		}
	}
}

// freshen shows the engine a new access token before the old one ends.
func (d *desk) freshen(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	if err := d.link.renew(ctx); err != nil {
		return fmt.Errorf("renewing the sign-in: %w", err)
	}
	f, err := d.connection().Do(ctx, "auth", map[string]any{"token": d.link.tokens.Access})
	if err == nil && f.Type != "ok" {
		err = fmt.Errorf("renewing the sign-in: %s: %s", f.Code, f.Message)
	}
	return err
}

// note remembers what the short commands mean.
func (d *desk) note(f apiclient.Frame) {
	var e struct {
		Offer, Call json.RawMessage
		Agent       json.RawMessage
	}
	if json.Unmarshal(f.Raw, &e) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch f.Type {
	case "snapshot": // a desk opened in mid call
		var a struct{ Offer, Call string }
		_ = json.Unmarshal(e.Agent, &a)
		d.offer, d.call = text(e.Offer), a.Call
	case "offer.made":
		d.offer, d.call = text(e.Offer), text(e.Call)
	case "offer.withdrawn":
		d.offer = ""
	case "call.updated":
		d.call = text(e.Call)
	}
}

// text is a JSON string, or the id of an object.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var o struct{ ID, Call, Offer string }
	_ = json.Unmarshal(raw, &o)
	return o.ID + o.Call + o.Offer
}

// line carries out one typed command; false ends the client.
func (d *desk) line(ctx context.Context, words []string) bool {
	if len(words) == 0 {
		return true
	}
	d.mu.Lock()
	call, offer := d.call, d.offer
	d.mu.Unlock()
	arg := func(n int, other string) string {
		if len(words) > n {
			return words[n]
		}
		return other
	}
	onCall := func(typ string) { d.do(ctx, typ, map[string]any{"call": arg(1, call)}) }
	switch words[0] {
	case "quit":
		return false
	case "available", "offline", "unavailable":
		d.do(ctx, "status.set", map[string]any{"presence": words[0], "reason": arg(1, "")})
	case "accept", "reject":
		d.do(ctx, "offer."+words[0], map[string]any{"offer": offer, "call": call})
	case "hangup", "hold", "resume":
		onCall("call." + words[0])
	case "claim":
		onCall("bubble.claim")
	case "takeover":
		epoch, _ := strconv.ParseUint(arg(2, ""), 10, 64)
		d.do(ctx, "bubble.takeover", map[string]any{"call": arg(1, call), "epoch": epoch})
	case "close":
		d.do(ctx, "bubble.close", map[string]any{"call": arg(1, call), "reason": arg(2, ""), "follow_up_on": arg(3, "")})
	case "booked":
		d.do(ctx, "bubble.booked", map[string]any{"call": arg(1, call), "job": arg(2, "")})
	case "finish", "extend":
		d.do(ctx, "wrapup."+words[0], nil)
	default:
		if typ, fields := bubbleLine(words, call); typ != "" {
			d.do(ctx, typ, fields)
			return true
		}
		d.say("%s", deskHelp)
	}
	return true
}

func (d *desk) do(ctx context.Context, typ string, fields map[string]any) {
	f, err := d.connection().Do(ctx, typ, fields)
	switch {
	case err != nil:
		d.say("! %v", err)
	case f.Type != "ok":
		d.say("! %s: %s", f.Code, f.Message)
	case len(f.Raw) > 0 && (typ == "bubble.create" || typ == "bubble.draft_get"):
		d.say("> %s ok %s", typ, f.Raw)
	default:
		d.say("> %s ok", typ)
	}
}
