package wire

import "strings"

// Field is one header line: canonical name, unfolded and trimmed value.
type Field struct {
	Name, Value string
}

// canonical maps lower-case names and compact forms (RFC 3261 7.3.3 and the registry) to the usual spelling.
var canonical = map[string]string{
	"via": "Via", "v": "Via",
	"from": "From", "f": "From",
	"to": "To", "t": "To",
	"call-id": "Call-ID", "i": "Call-ID",
	"cseq":         "CSeq",
	"max-forwards": "Max-Forwards",
	"contact":      "Contact", "m": "Contact",
	"content-length": "Content-Length", "l": "Content-Length",
	"content-type": "Content-Type", "c": "Content-Type",
	"content-encoding": "Content-Encoding", "e": "Content-Encoding",
	"route":        "Route",
	"record-route": "Record-Route",
	"supported":    "Supported", "k": "Supported",
	"subject": "Subject", "s": "Subject",
	"event": "Event", "o": "Event",
	"allow-events": "Allow-Events", "u": "Allow-Events",
	"refer-to": "Refer-To", "r": "Refer-To",
	"referred-by": "Referred-By", "b": "Referred-By",
	"session-expires": "Session-Expires", "x": "Session-Expires",
	"accept": "Accept", "allow": "Allow", "require": "Require", "proxy-require": "Proxy-Require",
	"authorization": "Authorization", "proxy-authorization": "Proxy-Authorization",
	"www-authenticate": "WWW-Authenticate", "proxy-authenticate": "Proxy-Authenticate",
	"expires": "Expires", "min-expires": "Min-Expires", "min-se": "Min-SE", "user-agent": "User-Agent",
	"server": "Server", "reason": "Reason", "retry-after": "Retry-After", "replaces": "Replaces",
	"p-asserted-identity": "P-Asserted-Identity", "p-preferred-identity": "P-Preferred-Identity",
	"diversion": "Diversion", "history-info": "History-Info", "privacy": "Privacy",
	"unsupported": "Unsupported", "rseq": "RSeq", "rack": "RAck", "path": "Path", "date": "Date",
}

// Canonical gives the usual spelling of a header name; an unknown name stays as it is.
func Canonical(name string) string {
	switch name { // what nearly every peer sends; avoids the map
	case "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length", "Content-Type",
		"User-Agent", "Allow", "Supported", "Authorization", "Expires":
		return name
	}
	if c, ok := canonical[strings.ToLower(name)]; ok {
		return c
	}
	return name
}

// isToken reports whether s is a non-empty RFC 3261 25.1 token.
func isToken(s string) bool {
	if s == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isTokenChar(s[i]) {
			return false
		}
	}
	return true
}

func isTokenChar(c byte) bool {
	return isAlnum(c) || strings.IndexByte("-.!%*_+`'~", c) >= 0
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// trim removes linear white space at both ends.
func trim(s string) string { return strings.Trim(s, " \t") }

// decimal reads digits only (no sign, no space), at most max.
func decimal(s string, max uint64) (uint64, bool) {
	if s == "" {
		return 0, false
	}
	var n uint64
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + uint64(c-'0'); n > max {
			return 0, false
		}
	}
	return n, true
}

// splitList cuts s at sep outside quoted strings and, with angle, outside <>. It fails on an open quote or bracket.
// It calls yield for each piece, trimmed, empty ones too.
func splitList(s string, sep byte, angle bool, yield func(string) bool) bool {
	start, quoted, inAngle := 0, false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"' && !inAngle:
			quoted = !quoted
		case quoted:
		case angle && c == '<':
			inAngle = true
		case angle && c == '>':
			inAngle = false
		case c == sep && !inAngle:
			if !yield(trim(s[start:i])) {
				return false
			}
			start = i + 1
		}
	}
	if quoted || inAngle {
		return false
	}
	return yield(trim(s[start:]))
}
