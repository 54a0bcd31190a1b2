package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/wirechief/wirechief/config"
)

// serveCmd is the command line of serve. What has no flag of its own is set with --set.
type serveCmd struct {
	Config    string            `help:"Configuration file. Without one the built-in demo center is served." placeholder:"FILE" short:"c" env:"-"`
	Data      string            `help:"Directory of the journal (data_dir)." placeholder:"DIR"`
	Name      string            `help:"Name of this node (name)." placeholder:"ID"`
	Advertise string            `help:"Address that phones and trunks reach this node at (advertise)." placeholder:"IP"`
	SIPUDP    []string          `name:"sip-udp" help:"Listening addresses for SIP over UDP (sip.udp)." placeholder:"HOST:PORT"`
	SIPTCP    []string          `name:"sip-tcp" help:"Listening addresses for SIP over TCP (sip.tcp)." placeholder:"HOST:PORT"`
	HTTP      string            `name:"http" help:"Listening address for console, WebSocket and API (http.listen)." placeholder:"HOST:PORT"`
	LogLevel  string            `help:"Least level logged: debug, info, warn, error (log.level)." placeholder:"LEVEL"`
	LogFormat string            `help:"Form of the log: text, json (log.format)." placeholder:"FORM"`
	DemoMD5   bool              `name:"demo-md5" help:"The demo offers phones MD5 digests alone (company.md5_only); at its first start."`
	Rebuild   bool              `name:"rebuild-figures" help:"Make the facts of all figures anew from the journal, in the background." env:"-"`
	Set       map[string]string `help:"Any node setting by its key, e.g. --set media.workers=2." placeholder:"KEY=VALUE" mapsep:"none"`
}

// flags lists what was given on the command line, --set first so that a flag of its own wins.
func (c *serveCmd) flags() []config.Setting {
	keys := make([]string, 0, len(c.Set))
	for k := range c.Set {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var out []config.Setting
	for _, k := range keys {
		out = append(out, config.Setting{Key: k, Value: c.Set[k], Source: "--set"})
	}
	for _, f := range []config.Setting{
		{Key: "data_dir", Value: c.Data, Source: "--data"},
		{Key: "name", Value: c.Name, Source: "--name"},
		{Key: "advertise", Value: c.Advertise, Source: "--advertise"},
		{Key: "sip.udp", Value: strings.Join(c.SIPUDP, ","), Source: "--sip-udp"},
		{Key: "sip.tcp", Value: strings.Join(c.SIPTCP, ","), Source: "--sip-tcp"},
		{Key: "http.listen", Value: c.HTTP, Source: "--http"},
		{Key: "log.level", Value: c.LogLevel, Source: "--log-level"},
		{Key: "log.format", Value: c.LogFormat, Source: "--log-format"},
	} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// plan is what serve is to run: everything read and checked, nothing started.
type plan struct {
	Node     config.Node
	File     *config.File    // File.Center is nil when the file holds node settings only
	Demo     bool            // the built-in demo center: its passwords are public
	Rebuild  bool            // the facts of the figures
	Warnings config.Problems // of the file and of the environment
}

var errDemoOnly = errors.New("--demo-md5 is for the built-in demo: set company.md5_only in the configuration file")

// plan reads the configuration: defaults, file, environment, flags.
func (c *serveCmd) plan(environ []string) (plan, error) {
	p := plan{Rebuild: c.Rebuild}
	var err error
	path := c.Config
	if path == "" {
		path = lookup(environ, config.EnvConfig)
	}
	if p.Demo = path == ""; p.Demo {
		p.File, err = config.Demo()
	} else {
		p.File, err = config.Load(path)
	}
	if err != nil {
		return plan{}, err
	}
	if c.DemoMD5 {
		if !p.Demo {
			return plan{}, errDemoOnly
		}
		p.File.Center.Company.MD5Only = true
	}
	var warnings config.Problems
	if p.Node, warnings, err = p.File.Settings(environ, c.flags()); err != nil {
		return plan{}, err
	}
	p.Warnings = append(warnings, p.File.Warnings...) //nolint:gocritic // one list of two
	return p, nil
}

// Run serves until ctx is done.
func (c *serveCmd) Run(ctx context.Context, m *Main) error {
	p, err := c.plan(m.Environ)
	if err != nil {
		_, _ = fmt.Fprintln(m.Stderr, err)
		return errReported
	}
	log := newLogger(m.Stderr, p.Node.Log)
	for _, w := range p.Warnings {
		log.Warn("configuration", "what", w.String())
	}
	return serve(ctx, m, p, log)
}

// lookup finds a variable in KEY=value strings; the last one counts.
func lookup(environ []string, name string) string {
	value := ""
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			value = v
		}
	}
	return value
}
