package leg

import (
	"strings"
	"unicode/utf8"
)

// What came from outside is made harmless once, when it enters the state; the builders then only copy.

// clean returns s with control bytes (CR, LF, NUL ...) as spaces, cut to max bytes.
func clean(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	for i := 0; i < len(s); i++ {
		if isControl(s[i]) {
			b := []byte(s)
			for ; i < len(b); i++ {
				if isControl(b[i]) {
					b[i] = ' '
				}
			}
			return string(b)
		}
	}
	return s
}

func isControl(c byte) bool { return c < 0x20 || c == 0x7f }

// cleanURI drops the bytes that could end the angle brackets or the line a URI stands in.
func cleanURI(s string) string {
	if len(s) > MaxURI {
		s = s[:MaxURI]
	}
	if strings.IndexFunc(s, notInURI) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if notInURI(r) {
			return -1
		}
		return r
	}, s)
}

func notInURI(r rune) bool {
	return r <= 0x20 || r == 0x7f || r == '<' || r == '>' || r == '"' || r == utf8.RuneError
}

// cleanToken keeps what tags, branches, Call-IDs and sent-by values may hold.
func cleanToken(s string) string {
	s = cleanURI(s)
	if len(s) > MaxTag {
		s = s[:MaxTag]
	}
	return s
}

// nameAddr formats a display name (not escaped) and a URI.
func nameAddr(name, uri string) string {
	uri = cleanURI(uri)
	if name == "" {
		return "<" + uri + ">"
	}
	name = strings.ToValidUTF8(clean(name, MaxName), "")
	b := make([]byte, 0, len(name)+len(uri)+8)
	b = append(b, '"')
	for i := 0; i < len(name); i++ {
		if name[i] == '"' || name[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, name[i])
	}
	b = append(b, `" <`...)
	b = append(b, uri...)
	return string(append(b, '>'))
}

// unescape undoes the quoted-pairs the parser leaves in a display name.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// headerLines formats added headers; names that are not tokens and headers the leg owns are dropped.
func headerLines(hs []Header) string {
	if len(hs) == 0 {
		return ""
	}
	var b []byte
	for i, h := range hs {
		if i == MaxExtraHeaders {
			break
		}
		if !isToken(h.Name) || legOwns(h.Name) {
			continue
		}
		b = appendLine(b, h.Name, clean(h.Value, MaxHeaderValue))
	}
	return string(b)
}

func appendLine(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		alnum := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !alnum && strings.IndexByte("-.!%*_+`'~", c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// legOwns names the headers only the leg writes; a second copy would change the dialog.
func legOwns(name string) bool {
	switch strings.ToLower(name) {
	case "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact", "m", "route", "record-route",
		"max-forwards", "content-length", "l", "content-type", "c", "session-expires", "x", "min-se",
		"allow", "user-agent", "server", "authorization", "proxy-authorization", "rseq", "rack":
		return true
	}
	return false
}
