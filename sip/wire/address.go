package wire

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// nameAddr is a From, To, Contact or Route value (RFC 3261 20.10).
type nameAddr struct {
	display string
	uri     sip.Uri
	params  sip.HeaderParams
}

// parseNameAddr reads [display-name] <uri> *(;param) or uri *(;param). In the second form the URI may hold neither
// comma nor question mark (RFC 3261 20.10): nobody could tell whose they are.
func parseNameAddr(s string) (na nameAddr, ok bool) {
	var uri, rest string
	switch open := angle(s); {
	case open == -2:
		return na, false
	case open >= 0:
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			return na, false
		}
		if na.display, ok = displayName(trim(s[:open])); !ok {
			return na, false
		}
		uri, rest = s[open+1:open+end], trim(s[open+end+1:])
		if rest != "" && rest[0] != ';' {
			return na, false
		}
	default:
		if semi := strings.IndexByte(s, ';'); semi >= 0 {
			uri, rest = strings.TrimRight(s[:semi], " \t"), s[semi:]
		} else {
			uri = s
		}
		if strings.ContainsAny(uri, ",?") {
			return na, false
		}
	}
	if ok, _ := checkURI(uri); !ok {
		return na, false
	}
	if err := sip.ParseUri(uri, &na.uri); err != nil {
		return na, false
	}
	if rest != "" {
		na.params, ok = parseParams(rest[1:])
		return na, ok
	}
	return na, true
}

// angle gives the index of the '<' that opens the URI, -1 if there is none, -2 if a quoted string does not end.
func angle(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == '<':
			return i
		case !quoted && s[i] == ';':
			return -1
		}
	}
	if quoted {
		return -2
	}
	return -1
}

// displayName takes a quoted string (returned without quotes, escapes kept) or tokens. Octets of other scripts are
// taken outside quotes too; separators are not.
func displayName(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	if s[0] == '"' {
		if len(s) < 2 || s[len(s)-1] != '"' {
			return "", false
		}
		for i := 1; i < len(s)-1; i++ {
			switch s[i] {
			case '\\':
				i++
			case '"':
				return "", false
			}
		}
		return s[1 : len(s)-1], true
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x80 && !isTokenChar(c) && c != ' ' && c != '\t' {
			return "", false
		}
	}
	return s, true
}

// parseParams reads name[=value] *(;name[=value]). Names come back in lower case, blanks around "=" removed.
func parseParams(s string) (sip.HeaderParams, bool) {
	params := make(sip.HeaderParams, 0, 4)
	good := splitList(s, ';', false, func(p string) bool {
		name, value, found := strings.Cut(p, "=")
		name, value = strings.TrimRight(name, " \t"), strings.TrimLeft(value, " \t")
		if !isToken(name) || found && value == "" {
			return false
		}
		if len(value) > 1 && value[0] == '"' && strings.ContainsAny(value, " \t") {
			value = value[1 : len(value)-1] // the header types put quotes back round a value with blanks
		}
		params = append(params, sip.HeaderKV{K: sip.ASCIIToLower(name), V: value})
		return true
	})
	return params, good
}
