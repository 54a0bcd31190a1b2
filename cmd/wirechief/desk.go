package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/wirechief/wirechief/api/apiclient"
)

// deskCmd is a CSR's client for a terminal: it shows the desk's events and takes commands, one a line.
type deskCmd struct {
	URL       string `name:"url" help:"Where the engine's HTTP side is." default:"http://127.0.0.1:8080"`
	Login     string `help:"Console login." required:""`
	Password  string `help:"Its password." env:"WIRECHIEF_DESK_PASSWORD" required:""`
	Available bool   `help:"Become Available at once."`
}

// deskHelp lists what may be typed. Without a call id the last call offered or seen is meant.
const deskHelp = `available | unavailable [reason] | offline | accept | reject | hangup [call] | hold [call] | resume [call]
claim [call] | takeover call epoch | close [call] [reason] | booked [call] job | finish | extend | help | quit`

// desk is one run of the client.
type desk struct {
	m      *Main
	client *apiclient.Client
	mu     sync.Mutex
	call   string // last one offered or updated; guarded by mu
	offer  string // open offer; guarded by mu
}

// Run shows the desk until input ends, quit, or the connection breaks.
func (c *deskCmd) Run(ctx context.Context, m *Main) error {
	tokens, err := apiclient.Login(ctx, c.URL, c.Login, c.Password)
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	client, err := apiclient.Open(ctx, c.URL, tokens.Access)
	if err != nil {
		return fmt.Errorf("opening the desk: %w", err)
	}
	defer client.Close()
	d := &desk{m: m, client: client}
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
	return d.show(ctx)
}

func (d *desk) say(format string, args ...any) { _, _ = fmt.Fprintf(d.m.Stdout, format+"\n", args...) }

// show prints every event until the connection or ctx ends.
func (d *desk) show(ctx context.Context) error {
	for {
		f, err := d.client.Next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, apiclient.ErrClosed) {
			return fmt.Errorf("the engine closed the connection: %w", err)
		}
		if err != nil {
			return err
		}
		d.note(f)
		d.say("< %s", f.Raw)
	}
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
		d.do(ctx, "bubble.close", map[string]any{"call": arg(1, call), "reason": arg(2, "")})
	case "booked":
		d.do(ctx, "bubble.booked", map[string]any{"call": arg(1, call), "job": arg(2, "")})
	case "finish", "extend":
		d.do(ctx, "wrapup."+words[0], nil)
	default:
		d.say("%s", deskHelp)
	}
	return true
}

func (d *desk) do(ctx context.Context, typ string, fields map[string]any) {
	f, err := d.client.Do(ctx, typ, fields)
	switch {
	case err != nil:
		d.say("! %v", err)
	case f.Type != "ok":
		d.say("! %s: %s", f.Code, f.Message)
	default:
		d.say("> %s ok", typ)
	}
}
