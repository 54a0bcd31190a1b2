package auth

import "strings"

// maxParams bounds the parameters read from one Authorization value.
const maxParams = 24

// header is a parsed Digest Authorization value (RFC 7616 3.4).
type header struct {
	user, realm, nonce, uri, response, algorithm, cnonce, qop, nc, opaque string
}

// parseHeader reads "Digest name=value, ...". A parameter given twice is a fault: two readers could take two.
func parseHeader(s string) (h header, ok bool) {
	scheme, rest, _ := strings.Cut(strings.TrimLeft(s, " \t"), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return h, false
	}
	for n := 0; ; n++ {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return h, h.user != "" && h.nonce != "" && h.response != ""
		}
		name, tail, found := strings.Cut(rest, "=")
		if !found || n >= maxParams {
			return h, false
		}
		var value string
		if value, rest, ok = cutValue(strings.TrimLeft(tail, " \t")); !ok {
			return h, false
		}
		if p := h.slot(strings.ToLower(strings.TrimRight(name, " \t"))); p != nil {
			if *p != "" {
				return h, false
			}
			*p = value
		}
	}
}

func (h *header) slot(name string) *string {
	switch name {
	case "username":
		return &h.user
	case "realm":
		return &h.realm
	case "nonce":
		return &h.nonce
	case "uri":
		return &h.uri
	case "response":
		return &h.response
	case "algorithm":
		return &h.algorithm
	case "cnonce":
		return &h.cnonce
	case "qop":
		return &h.qop
	case "nc":
		return &h.nc
	case "opaque":
		return &h.opaque
	default:
		return nil
	}
}

// cutValue takes a token or a quoted string off the front, up to the comma.
func cutValue(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		value, rest, _ = strings.Cut(s, ",")
		return strings.TrimRight(value, " \t"), rest, true
	}
	escaped := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			if value = s[1:i]; escaped {
				value = unescape(value)
			}
			return value, s[i+1:], true
		}
	}
	return "", "", false
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
