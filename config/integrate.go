package config

import (
	"net/url"
	"reflect"
	"regexp"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Webhook is one receiver of public events, posted in order, each at least once, and signed.
type Webhook struct {
	// Id of the webhook. Its place in the events is kept under it: another id begins anew.
	ID string `key:"id" need:"yes" format:"id"`
	// Where events are posted, http or https. Redirects are not followed.
	URL string `key:"url" need:"yes" format:"url"`
	// Environment variable that holds the secret of the signature, on every node, at least 16 octets. The secret itself
	// stands neither in this file nor in the journal. Two by a comma: both sign, so that one can be replaced.
	SecretEnv string `key:"secret_env" need:"yes" format:"env"`
	// Types of events, or groups as `call.*`. Empty: all.
	Events []string `key:"events" format:"event" max:"100"`
	// Tenants whose events are posted. Empty: all.
	Tenants []string `key:"tenants" format:"id" max:"10000"`
	// How long one POST may take.
	TimeoutMs int64 `key:"timeout_ms" default:"10000" min:"100" max:"60000"`
	// Events of one POST; those of one change always go together.
	BatchMax int32 `key:"batch_max" default:"100" min:"1" max:"1000"`
	// A webhook that has failed for this long is parked: nothing is posted until somebody resumes it.
	ParkAfterMs int64 `key:"park_after_ms" default:"86400000" min:"60000" max:"604800000"`
	// Post nothing for now; the place is kept.
	Paused bool `key:"paused" default:"false"`
}

// Lookup is how the customer of a caller's number is found. It never delays a call.
type Lookup struct {
	// Asked by POST when the embedded directory does not know the number. Empty: nobody is asked.
	URL string `key:"url" format:"url"`
	// Environment variable that holds the secret of the signature, as that of a webhook. Needed with `url`.
	SecretEnv string `key:"secret_env" format:"env"`
	// How long an answer is awaited from the arrival on; a later one is not used.
	DeadlineMs int64 `key:"deadline_ms" default:"300" min:"10" max:"10000"`
	// Ask the embedded directory first.
	Directory bool `key:"directory" default:"true"`
	// How long an answer of `url` is used again for the same tenant and number. 0: not at all.
	CacheMs int64 `key:"cache_ms" default:"60000" min:"0" max:"3600000"`
	// Questions at a time; callers beyond are not looked up.
	MaxConcurrent int32 `key:"max_concurrent" default:"32" min:"1" max:"1000"`
}

var (
	reEnv   = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,127}$`)
	reEvent = regexp.MustCompile(`^[a-z]+\.(\*|[a-z_]+)$`)
)

// checkURL: http or https, a host, and nothing that would put a password into a message.
func checkURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" {
		return "must be a URL with http or https and a host"
	}
	if u.User != nil || u.Fragment != "" {
		return "must have neither a user nor a fragment"
	}
	return checkLine(s)
}

func (k *checker) checkIntegrations() {
	ids(k, "webhooks", k.Webhooks, func(w *Webhook) string { return w.ID })
	for i := range k.Webhooks {
		w := &k.Webhooks[i]
		k.referAll(item("webhooks", i, "tenants"), w.Tenants, "tenant", k.tenants)
		for j, e := range w.Events {
			if e != "" && !knownEvent(e) {
				k.fail(item("webhooks", i, item("events", j, "")), "there is no event %s", quote(e))
			}
		}
		if strings.HasPrefix(w.URL, "http:") {
			k.warnAt(item("webhooks", i, "url"), "is not https: events go over the network in clear text")
		}
	}
	l := &k.Lookup
	if (l.URL == "") != (l.SecretEnv == "") {
		k.fail("lookup.url", "lookup.url and lookup.secret_env go together")
	}
	if strings.HasPrefix(l.URL, "http:") {
		k.warnAt("lookup.url", "is not https: callers' numbers go over the network in clear text")
	}
}

func knownEvent(pattern string) bool {
	for _, e := range cc.PublicEvents() {
		if cc.EventMatches(pattern, e) {
			return true
		}
	}
	return false
}

func buildWebhooks(list []Webhook) (out []*cc.Webhook) {
	for _, w := range list {
		out = append(out, &cc.Webhook{
			Id: w.ID, Url: w.URL, SecretEnv: w.SecretEnv, Events: w.Events, Tenants: w.Tenants, TimeoutMs: w.TimeoutMs,
			BatchMax: w.BatchMax, ParkAfterMs: w.ParkAfterMs, Paused: w.Paused,
		})
	}
	return out
}

// build gives nil for a look-up that was left out, so that a file from before there were any changes nothing.
func (l *Lookup) build() *cc.CustomerLookup {
	var d Lookup
	setDefaults(reflect.ValueOf(&d).Elem())
	if *l == d {
		return nil
	}
	return &cc.CustomerLookup{
		Url: l.URL, SecretEnv: l.SecretEnv, DeadlineMs: l.DeadlineMs, NoDirectory: !l.Directory, CacheMs: l.CacheMs,
		MaxConcurrent: l.MaxConcurrent,
	}
}
