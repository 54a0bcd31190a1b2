package wire

import (
	"net/netip"
	"strings"
)

// checkURI checks a URI beyond what the URI type needs. ok is false for a malformed one; known is false for a
// well-formed URI of a scheme we do not take part in.
func checkURI(s string) (ok, known bool) {
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || !isScheme(s[:colon]) || !cleanURI(s) {
		return false, false
	}
	switch strings.ToLower(s[:colon]) {
	case "sip", "sips":
		return checkSIPURI(s[colon+1:]), true
	case "tel":
		return colon+1 < len(s), true
	default:
		return colon+1 < len(s), false
	}
}

func isScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && (i == 0 || strings.IndexByte("+-.", s[i]) < 0) {
			return false
		}
	}
	return true
}

// cleanURI refuses octets no URI has, and a percent sign without two hex digits.
func cleanURI(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"':
			return false
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// checkSIPURI checks userinfo, host, port, parameters and headers (RFC 3261 19.1.1) after "sip:".
func checkSIPURI(s string) bool {
	if at := strings.IndexByte(s, '@'); at >= 0 {
		if at == 0 || strings.ContainsAny(s[:at], "[]") {
			return false
		}
		s = s[at+1:]
	}
	end := strings.IndexAny(s, ";?")
	if end < 0 {
		end = len(s)
	}
	return checkHostPort(s[:end])
}

// uriHasHeaders reports whether a sip URI carries "?headers"; a question mark in the user part does not count.
func uriHasHeaders(s string) bool {
	if at := strings.IndexByte(s, '@'); at >= 0 {
		s = s[at:]
	}
	return strings.IndexByte(s, '?') >= 0
}

// checkHostPort takes host, host:port, [v6] and [v6]:port.
func checkHostPort(s string) bool {
	host, port, ok := cutHostPort(s)
	if !ok {
		return false
	}
	if port != "" {
		if n, ok := decimal(port, 65535); !ok || n == 0 {
			return false
		}
	}
	if host[0] == '[' {
		return checkIPv6(host[1 : len(host)-1])
	}
	for i := 0; i < len(host); i++ {
		if c := host[i]; !isAlnum(c) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

// cutHostPort splits at the port's colon; the host keeps its brackets.
func cutHostPort(s string) (host, port string, ok bool) {
	if s == "" {
		return "", "", false
	}
	if s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 2 {
			return "", "", false
		}
		host, s = s[:end+1], s[end+1:]
		if s == "" {
			return host, "", true
		}
		if s[0] != ':' || len(s) == 1 {
			return "", "", false
		}
		return host, s[1:], true
	}
	host, port, found := strings.Cut(s, ":")
	if host == "" || found && port == "" {
		return "", "", false
	}
	return host, port, true
}

// checkIPv6 takes an address without brackets. Three colons before an embedded IPv4 address come from the grammar
// error of RFC 3261 that RFC 5118 4.10 describes; peers built from it are understood.
func checkIPv6(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return strings.IndexByte(s, ':') >= 0
	}
	if !strings.Contains(s, ":::") {
		return false
	}
	_, err := netip.ParseAddr(strings.Replace(s, ":::", "::", 1))
	return err == nil
}
