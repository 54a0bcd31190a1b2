package leg

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Reading received headers. The parser keeps unknown and compact names as they came.

func headersOf(m sip.Message) []sip.Header {
	switch m := m.(type) {
	case *sip.Request:
		return m.Headers()
	case *sip.Response:
		return m.Headers()
	}
	return nil
}

func named(h sip.Header, long, short string) bool {
	n := h.Name()
	return strings.EqualFold(n, long) || short != "" && strings.EqualFold(n, short)
}

// value returns the first header of that name, "" if there is none.
func value(m sip.Message, long, short string) string {
	for _, h := range headersOf(m) {
		if named(h, long, short) {
			return h.Value()
		}
	}
	return ""
}

// tokens calls yield for each comma-separated value of all headers of that name, without parameters.
func tokens(m sip.Message, long, short string, yield func(string)) {
	for _, h := range headersOf(m) {
		if !named(h, long, short) {
			continue
		}
		for v := range strings.SplitSeq(h.Value(), ",") {
			if t := head(v); t != "" {
				yield(t)
			}
		}
	}
}

// head is what stands before the first parameter.
func head(v string) string {
	if i := strings.IndexByte(v, ';'); i >= 0 {
		v = v[:i]
	}
	return strings.TrimSpace(v)
}

// param finds ";name=value" in a header value.
func param(v, name string) string {
	first := true
	for p := range strings.SplitSeq(v, ";") {
		if first {
			first = false
			continue
		}
		k, val, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(val)
		}
	}
	return ""
}

func tagOf(ps sip.HeaderParams) string {
	for _, p := range ps {
		if strings.EqualFold(p.K, "tag") {
			return cleanToken(p.V)
		}
	}
	return ""
}

func fromTag(m sip.Message) string {
	if f := m.From(); f != nil {
		return tagOf(f.Params)
	}
	return ""
}

func toTag(m sip.Message) string {
	if t := m.To(); t != nil {
		return tagOf(t.Params)
	}
	return ""
}

// otherParams formats the parameters of From or To without the tag.
func otherParams(ps sip.HeaderParams) string {
	var b []byte
	for _, p := range ps {
		if strings.EqualFold(p.K, "tag") || !isToken(p.K) {
			continue
		}
		b = append(b, ';')
		b = append(b, p.K...)
		if p.V != "" {
			b = append(b, '=')
			b = append(b, paramValue(p.V)...)
		}
	}
	return clean(string(b), MaxURI)
}

// paramValue keeps a quoted string only if it is one, else what a token or host may hold.
func paramValue(v string) string {
	if len(v) >= 2 && v[0] == '"' && strings.IndexByte(v[1:], '"') == len(v)-2 && v[len(v)-2] != '\\' {
		return v
	}
	return strings.Map(func(r rune) rune {
		if notInURI(r) || r == ';' || r == ',' {
			return -1
		}
		return r
	}, v)
}

func branchOf(m sip.Message) string {
	if v := m.Via(); v != nil {
		b, _ := v.Params.Get("branch")
		return cleanToken(b)
	}
	return ""
}

// routes returns the Record-Route URIs of m in the order they stand.
func routes(m sip.Message) []string {
	var out []string
	for _, h := range headersOf(m) {
		if rr, ok := h.(*sip.RecordRouteHeader); ok && len(out) < MaxRoutes {
			out = append(out, uriText(&rr.Address))
		}
	}
	return out
}

// uriText is a URI ready to be put out again.
func uriText(u *sip.Uri) string {
	var b strings.Builder
	b.Grow(96)
	u.StringWrite(&b)
	return cleanURI(b.String())
}

func contactOf(m sip.Message) string {
	for _, h := range headersOf(m) {
		if c, ok := h.(*sip.ContactHeader); ok && !c.Address.Wildcard {
			return uriText(&c.Address)
		}
	}
	return ""
}

// sdpOf returns the body if it is a session description within limits.
func sdpOf(m sip.Message) []byte {
	b := m.Body()
	if len(b) == 0 || len(b) > MaxSDP || !strings.EqualFold(head(contentType(m)), "application/sdp") {
		return nil
	}
	return b
}

func contentType(m sip.Message) string { return value(m, "Content-Type", "c") }

// unsupported lists the option tags of Require that a leg cannot honour.
func unsupported(m sip.Message) string {
	var out string
	tokens(m, "Require", "", func(t string) {
		if strings.EqualFold(t, "timer") {
			return
		}
		if out != "" {
			out += ", "
		}
		out += clean(t, MaxTag)
	})
	return out
}

func sessionAsk(m sip.Message) SessionAsk {
	var a SessionAsk
	if v := value(m, "Session-Expires", "x"); v != "" {
		a.ExpiresS = seconds(head(v), MaxSessionExpiresS)
		switch r := strings.ToLower(param(v, "refresher")); r {
		case "uac", "uas":
			a.Refresher = r
		}
	}
	tokens(m, "Supported", "k", func(t string) {
		if strings.EqualFold(t, "timer") {
			a.Supported = true
		}
	})
	return a
}

// seconds reads delta-seconds, capped; 0 if it is none.
func seconds(v string, limit uint32) uint32 {
	n := 0
	for n < len(v) && v[n] >= '0' && v[n] <= '9' {
		n++
	}
	u, err := strconv.ParseUint(v[:n], 10, 64)
	if err != nil && n == 0 {
		return 0
	}
	return uint32(min(u, uint64(limit)))
}

func retryAfter(m sip.Message) int {
	return int(seconds(strings.TrimSpace(value(m, "Retry-After", "")), 1<<20))
}

func capsOf(m sip.Message) Capability {
	var c Capability
	tokens(m, "Allow", "", func(t string) {
		switch strings.ToUpper(t) {
		case "UPDATE":
			c |= AllowsUpdate
		case "INFO":
			c |= AllowsInfo
		case "REFER":
			c |= AllowsRefer
		case "OPTIONS":
			c |= AllowsOptions
		case "PRACK":
			c |= AllowsPrack
		}
	})
	tokens(m, "Supported", "k", func(t string) {
		switch strings.ToLower(t) {
		case "timer":
			c |= SupportsTimer
		case "replaces":
			c |= SupportsReplaces
		case "100rel":
			c |= Supports100rel
		case "outbound":
			c |= SupportsOutbound
		}
	})
	return c
}
