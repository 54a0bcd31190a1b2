package wire

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// parseVias reads one Via line with one or more values and hands each to yield.
func parseVias(s string, yield func(*sip.ViaHeader) bool) bool {
	return splitList(s, ',', false, func(v string) bool {
		via, ok := parseVia(v)
		return ok && yield(via)
	})
}

// parseVia reads sent-protocol LWS sent-by *(;param), with blanks round every separator (RFC 3261 25.1).
func parseVia(s string) (*sip.ViaHeader, bool) {
	name, rest, ok1 := strings.Cut(s, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	rest = strings.TrimLeft(rest, " \t")
	blank := strings.IndexAny(rest, " \t")
	if !ok1 || !ok2 || blank <= 0 {
		return nil, false
	}
	via := &sip.ViaHeader{ProtocolName: trim(name), ProtocolVersion: trim(version), Transport: rest[:blank]}
	if !isToken(via.ProtocolName) || !isToken(via.ProtocolVersion) || !isToken(via.Transport) {
		return nil, false
	}
	sentBy, params, hasParams := strings.Cut(trim(rest[blank:]), ";")
	host, port, ok := cutHostPort(trim(sentBy))
	if !ok {
		return nil, false
	}
	host, port = trim(host), trim(port)
	if port != "" {
		n, ok := decimal(port, 65535)
		if !ok || n == 0 {
			return nil, false
		}
		via.Port = int(n)
	}
	if !checkHostPort(host) {
		return nil, false
	}
	via.Host = host // with the brackets of IPv6: the header type does not put them back round every address
	if hasParams {
		if via.Params, ok = parseParams(params); !ok {
			return nil, false
		}
	}
	return via, true
}

// AfterFirstVia gives what follows the first value of a Via line with several, "" if it has one.
func AfterFirstVia(line string) string {
	end, n := 0, 0
	splitList(line, ',', false, func(v string) bool {
		if n++; n == 1 {
			end = strings.Index(line, v) + len(v)
		}
		return n == 1
	})
	if comma := strings.IndexByte(line[end:], ','); n > 1 && comma >= 0 {
		return trim(line[end+comma+1:])
	}
	return ""
}
