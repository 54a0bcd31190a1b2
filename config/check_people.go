package config

import (
	"slices"

	"github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/number"
	"github.com/wirechief/wirechief/config/secret"
)

// MinSIPSecret is the least length of a phone's secret, in octets. Below goodSIPSecret there is a warning: a phone's
// secret is guessed over the network by machines, not typed by people.
const (
	MinSIPSecret  = 8
	goodSIPSecret = 20
)

var systemReasons = []string{
	callcenter.ReasonSignedIn, callcenter.ReasonMissed, callcenter.ReasonRejected,
	callcenter.ReasonConnectionLost, callcenter.ReasonEndpointUnreachable,
}

func (k *checker) checkTenants() {
	for i := range k.Tenants {
		t := &k.Tenants[i]
		k.checkWrapUp(item("tenants", i, "wrapup"), t.WrapUp)
		k.checkDesk(i, t)
		for j, r := range t.PresenceReasons {
			at := item("tenants", i, item("presence_reasons", j, ""))
			if slices.Contains(systemReasons, r) {
				k.fail(at, "%s is a reason of the system and cannot be chosen (R98)", quote(r))
			} else if slices.Index(t.PresenceReasons, r) < j {
				k.fail(at, "%s is listed twice", quote(r))
			}
		}
		for key, list := range map[string][]string{
			"test_callers": t.TestCallers, "record_exclusions": t.RecordExclusions, "blocked_callers": t.BlockedCallers,
		} {
			for j, n := range list {
				list[j] = k.normal(item("tenants", i, item(key, j, "")), n)
			}
		}
	}
	for i := range k.Campaigns {
		k.refer(item("campaigns", i, "tenant"), k.Campaigns[i].Tenant, "tenant", k.tenants)
	}
	for i := range k.Reasons {
		k.refer(item("reasons", i, "tenant"), k.Reasons[i].Tenant, "tenant", k.tenants)
	}
}

func (k *checker) checkAgents() {
	logins, phones := map[string]int{}, map[string]int{}
	for i := range k.Agents {
		a := &k.Agents[i]
		at := func(key string) string { return item("agents", i, key) }
		k.referAll(at("tenants"), a.Tenants, "tenant", k.tenants)
		k.referAll(at("queues"), a.Queues, "queue", k.queues)
		if k.refer(at("home_tenant"), a.HomeTenant, "tenant", k.tenants) && !slices.Contains(a.Tenants, a.HomeTenant) {
			k.fail(at("home_tenant"), "%s is not one of the agent's tenants", quote(a.HomeTenant))
		}
		if a.WrapUp != nil {
			k.checkWrapUp(at("wrapup"), *a.WrapUp)
			k.warnCappedWrapUp(at("wrapup.length_ms"), a)
		}
		k.checkLogin(at, a)
		k.checkPhone(at, a)
		k.once(at("login"), a.Login, "login", logins, i)
		k.once(at("sip_user"), a.SIPUser, "sip_user", phones, i)
	}
}

func (k *checker) once(path, v, key string, seen map[string]int, i int) {
	if v == "" {
		return
	}
	if first, twice := seen[v]; twice {
		k.fail(path, "%s is taken by %s", quote(v), k.where(item("agents", first, key)))
		return
	}
	seen[v] = i
}

func (k *checker) checkLogin(at func(string) string, a *Agent) {
	switch {
	case a.Password != "" && a.PasswordHash != "":
		k.fail(at("password"), "give password or password_hash, not both")
	case a.Login != "" && a.Password == "" && a.PasswordHash == "":
		k.fail(at("login"), "needs a password_hash or password")
	case a.Login == "" && (a.Password != "" || a.PasswordHash != ""):
		k.fail(at("login"), "is missing: there is a password without it")
	case a.Password != "" && (len(a.Password) < secret.MinPassword || len(a.Password) > secret.MaxPassword):
		k.fail(at("password"), "must be %d to %d octets long", secret.MinPassword, secret.MaxPassword)
	}
	if a.Login == "" && !a.PhoneOnly {
		k.warnAt(at("login"), "is missing: without it and without phone_only the agent is never offered a call")
	}
}

func (k *checker) checkPhone(at func(string) string, a *Agent) {
	if a.SIPUser != "" && a.Contact != "" {
		k.fail(at("contact"), "give sip_user for a phone that registers or contact for a fixed one, not both")
	}
	k.checkSIPSecret(at, a)
	if m := reContact.FindStringSubmatch(a.Contact); m != nil && m[1] != "" {
		if n, err := number.E164(m[1], k.Company.Region); err == nil {
			if i, ours := k.numbers[n]; ours && k.Numbers[i].inbound() {
				k.fail(at("contact"), "leads back to our own number %s, %s (R6)", n, k.where(item("numbers", i, "")))
			}
		}
	}
}

func (k *checker) checkSIPSecret(at func(string) string, a *Agent) {
	digest := a.SIPDigestSHA256 != "" || a.SIPDigestMD5 != ""
	usable := a.SIPSecret != "" || a.SIPDigestSHA256 != "" || (a.SIPDigestMD5 != "" && k.Company.AllowMD5)
	switch {
	case a.SIPUser == "" && (a.SIPSecret != "" || digest):
		k.fail(at("sip_user"), "is missing: there is a SIP secret without it")
	case a.SIPSecret != "" && digest:
		k.fail(at("sip_secret"), "give sip_secret or its digests, not both")
	case a.SIPUser != "" && !usable:
		k.fail(at("sip_user"), "needs a sip_secret or sip_digest_sha256")
	case a.SIPSecret != "" && len(a.SIPSecret) < MinSIPSecret:
		k.fail(at("sip_secret"), "must be at least %d octets long", MinSIPSecret)
	case a.SIPSecret != "" && len(a.SIPSecret) < goodSIPSecret:
		k.warnAt(at("sip_secret"), "is shorter than %d octets: it can be guessed over the network", goodSIPSecret)
	}
	if a.SIPDigestMD5 != "" && !k.Company.AllowMD5 {
		k.warnAt(at("sip_digest_md5"), "is not used: company.allow_md5 is false")
	}
}

// warnCappedWrapUp says where a queue's cap cuts the agent's own wrap-up (R32).
func (k *checker) warnCappedWrapUp(path string, a *Agent) {
	for _, id := range a.Queues {
		qi, ok := k.queues[id]
		if !ok || k.Queues[qi].WrapUp == nil || !a.WrapUp.timed() {
			continue
		}
		if limit := k.Queues[qi].WrapUp.MaxMs; a.WrapUp.LengthMs > limit {
			k.warnAt(path, "%d is cut to %d in queue %s (R32)", a.WrapUp.LengthMs, limit, quote(id))
		}
	}
}
