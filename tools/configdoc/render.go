package main

import (
	"bytes"
	"fmt"
	"strings"
)

// In these texts ´ stands for the code quote, which a raw string cannot hold.
const head = `# Configuration

<!-- Written by tools/configdoc from package config. Do not edit: go generate ./config -->

´wirechief serve --config FILE´ reads one YAML file. It is strict: an unknown key, a wrong number, a reference to
nothing is an error that names file, line and field; all mistakes are reported at once and nothing of such a file is
used.
´wirechief check FILE´ does the same without starting, and lists as warnings what is right but without effect.

The file has two parts. **Node settings**, under ´node:´, belong to one process. **The center**, all other keys, is
imported into the journal on the first start of an empty one; on a later start a difference is logged, not applied.

Names end in their unit: ´_ms´ milliseconds, ´_s´ seconds. Ids are 1 to 64 of a-z, 0-9, _ and -. Telephone numbers are
E.164 (+ and digits) or, with ´company.region´, as that country spells them. "R16" and the like name the rule that a
setting belongs to. A sample is deploy/center.yml; ´wirechief demo´ prints the built-in demo.
`

const nodeHead = `
## Node settings

A node setting is taken from, the later one wins: its default, the file, the environment variable, the flag
(´--set sip.udp=:5060´ or a flag of its own, see ´wirechief serve --help´). In the environment and in flags lists are
written by commas.
`

const centerHead = `
## Center
`

// Render gives the page for the package in dir.
func Render(dir string) ([]byte, error) {
	structs, err := load(dir)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(strings.ReplaceAll(head+nodeHead, "´", "`"))
	p := page{structs: structs, out: &b, env: true, written: map[string]bool{}}
	p.section("node", "", "Node")
	b.WriteString(centerHead)
	p.env = false
	p.section("", "", "Center")
	return b.Bytes(), nil
}

type page struct {
	structs map[string]structure
	out     *bytes.Buffer
	env     bool            // with a column of environment variables
	written map[string]bool // structures that have their section
}

// section writes the table of one structure and then the sections of the structures in it.
func (p *page) section(path, prefix, name string) {
	s := p.structs[name]
	if p.written[name] {
		return
	}
	p.written[name] = true
	if path != "" {
		fmt.Fprintf(p.out, "\n### `%s`\n", path)
	}
	fmt.Fprintf(p.out, "\n%s\n\n", s.doc)
	if p.env {
		p.out.WriteString("| key | default | values | meaning | environment |\n|---|---|---|---|---|\n")
	} else {
		p.out.WriteString("| key | default | values | meaning |\n|---|---|---|---|\n")
	}
	for _, f := range s.fields {
		row := []string{"`" + f.key + "`", p.defaultOf(f), p.valuesOf(f), f.doc}
		if p.env {
			env := ""
			if _, group := p.structs[f.typ]; !group {
				env = "`WIRECHIEF_" + strings.ToUpper(strings.ReplaceAll(prefix+f.key, ".", "_")) + "`"
			}
			row = append(row, env)
		}
		for i := range row {
			row[i] = strings.ReplaceAll(row[i], "|", `\|`)
		}
		fmt.Fprintf(p.out, "| %s |\n", strings.Join(row, " | "))
	}
	for _, f := range s.fields {
		if _, group := p.structs[f.typ]; !group {
			continue
		}
		at := f.key
		if path != "" {
			at = path + "." + f.key
		}
		if f.list {
			at += "[]"
		}
		p.section(at, prefix+f.key+".", f.typ)
	}
}

func (p *page) defaultOf(f setting) string {
	def, ok := f.tag.Lookup("default")
	_, group := p.structs[f.typ]
	switch {
	case ok && def != "":
		return "`" + def + "`"
	case f.tag.Get("need") == "yes" && !ok:
		return "**must be given**"
	case f.list || group:
		return "-"
	case f.typ == "string":
		return "empty"
	}
	return "-"
}

func (p *page) valuesOf(f setting) string {
	lo, hi := f.tag.Get("min"), f.tag.Get("max")
	_, group := p.structs[f.typ]
	switch {
	case f.list && hi != "" && lo != "":
		return fmt.Sprintf("list of %s to %s", lo, hi)
	case f.list && hi != "":
		return "list, at most " + hi
	case f.list:
		return "list"
	case group:
		return "see below"
	case f.tag.Get("enum") != "":
		return "`" + strings.ReplaceAll(f.tag.Get("enum"), ",", "`, `") + "`"
	case lo != "" && hi != "":
		return lo + " to " + hi
	case f.typ == "bool":
		return "`true`, `false`"
	case f.tag.Get("format") != "" && words[f.tag.Get("format")] != "":
		return words[f.tag.Get("format")]
	}
	return "text"
}

// words says what a format asks for.
var words = map[string]string{
	"id": "id", "ip": "IP address", "listen": "host:port", "network": "address or network", "zone": "time zone",
	"region": "country code", "contact": "SIP URI", "argon2id": "argon2id string", "md5": "32 hex digits",
	"sha256": "64 hex digits", "origin": "origin", "login": "a-z 0-9 . _ @ + -", "sip_user": "A-Z a-z 0-9 . _ ~ -",
}
