package main

import (
	"fmt"
	"io"
	"net/netip"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/config"
)

// greet tells whoever started the program where things are, and for the demo how to call in. It only states what is so.
func greet(w io.Writer, p plan, n *actors.Node, http netip.AddrPort) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	at := n.SIPAddrs()
	say("%s is ready.", versionLine())
	for _, a := range at {
		say("  SIP      %s %s", a.Network, a.Addr)
	}
	say("  HTTP     http://%s/", http)
	say("  API      http://%s/v1  (http://%s/openapi.json, http://%s/asyncapi.yaml)", http, http, http)
	if p.Demo && p.File.Center != nil {
		greetDemo(say, p.File.Center, at[0].Addr)
	}
}

func greetDemo(say func(string, ...any), c *config.Center, sip netip.AddrPort) {
	say("")
	say("Demo center %q (public passwords, loopback only):", c.Company.Name)
	for _, n := range c.Numbers {
		say("  Number %s  tenant %-6s campaign %s", n.Number, n.Tenant, n.Campaign)
	}
	for _, a := range c.Agents {
		who := fmt.Sprintf("  Agent  %-6s login %s / %s", a.ID, a.Login, a.Password)
		if a.SIPUser == "" {
			say("%s   %s, no phone", who, a.Role)
			continue
		}
		say("%s   phone: user %s, secret %s", who, a.SIPUser, a.SIPSecret)
	}
	say("  A phone registers with server %s, realm %s, user and secret as above.", sip, c.Company.SIPRealm)
	say("  Call in: dial %s at %s, e.g. baresip: /dial sip:%s@%s", c.Numbers[0].Number, sip, c.Numbers[0].Number, sip)
	say("  Then an agent becomes Available, and the phone rings: wirechief desk --login %s --password %s --available",
		c.Agents[0].Login, c.Agents[0].Password)
	say("")
}
