package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"time"
	_ "time/tzdata" // the zones of tenants must be known on any machine

	"github.com/nyaruka/phonenumbers"

	"github.com/wirechief/wirechief/config/secret"
)

var (
	reID      = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	reLogin   = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,127}$`)
	reSIPUser = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$`)
	reRealm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)
	reMD5     = regexp.MustCompile(`^[0-9a-f]{32}$`)
	reSHA256  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// formats check a text; they answer what it must be, or "".
var formats = map[string]func(string) string{
	"id":       matches(reID, "must be 1 to 64 of a-z 0-9 _ - and begin with a letter or digit"),
	"login":    matches(reLogin, "must be 1 to 128 of a-z 0-9 . _ @ + - in lower case"),
	"sip_user": matches(reSIPUser, "must be 1 to 64 of A-Z a-z 0-9 . _ ~ -"),
	"realm":    matches(reRealm, "must be 1 to 64 of A-Z a-z 0-9 . _ @ -"),
	"md5":      matches(reMD5, "must be 32 hex digits in lower case"),
	"sha256":   matches(reSHA256, "must be 64 hex digits in lower case"),
	"instant":  checkInstant,
	"listen":   checkListen,
	"ip":       checkIP,
	"network":  checkNetwork,
	"origin":   checkOrigin,
	"zone":     checkZone,
	"region":   checkRegion,
	"contact":  checkContact,
	"argon2id": checkArgon2id,
	"line":     checkLine,
	"moment":   checkMoment,
	"secret":   checkLine,
	"url":      checkURL,
	"env":      matches(reEnv, "must be 1 to 128 of A-Z 0-9 _ and begin with a letter"),
	"event":    matches(reEvent, "must be a type of event, e.g. call.ended, or a group, e.g. call.*"),
}

func matches(re *regexp.Regexp, must string) func(string) string {
	return func(s string) string {
		if re.MatchString(s) {
			return ""
		}
		return must
	}
}

func checkListen(s string) string {
	const must = "must be host:port or :port, the host an IP address"
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return must
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return must
	}
	if _, err := netip.ParseAddr(host); host != "" && host != "localhost" && err != nil {
		return must
	}
	return ""
}

func checkInstant(s string) string {
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return "must be a time with zone like 2026-12-01T06:00:00Z or 2026-12-01T00:00:00-06:00"
	}
	return ""
}

func checkIP(s string) string {
	if _, err := netip.ParseAddr(s); err != nil {
		return "must be an IP address"
	}
	return ""
}

func checkNetwork(s string) string {
	if _, err := parseNetwork(s); err != nil {
		return "must be an IP address or a network like 192.0.2.0/24 without host bits"
	}
	return ""
}

// parseNetwork reads an address as the network of itself alone.
func parseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err == nil && p.Masked() != p {
		return p, strconv.ErrSyntax
	}
	return p, err
}

func checkOrigin(s string) string {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" || u.RawQuery != "" ||
		u.User != nil || u.Fragment != "" {
		return "must be an origin like https://desk.example.com"
	}
	return ""
}

func checkZone(s string) string {
	if _, err := time.LoadLocation(s); err != nil || s == "Local" {
		return "must be a time zone like America/Chicago"
	}
	return ""
}

func checkRegion(s string) string {
	if !phonenumbers.GetSupportedRegions()[s] {
		return "must be a country code of two capital letters like US"
	}
	return ""
}

// reContact is a SIP URI: user, host, port, parameters.
var reContact = regexp.MustCompile(`^sips?:(?:([A-Za-z0-9._~!*'()&=+$,;?/%-]+)@)?` +
	`([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:;[A-Za-z0-9=._~-]+)*$`)

func checkContact(s string) string {
	if !reContact.MatchString(s) {
		return "must be a SIP URI like sip:101@192.0.2.7:5060"
	}
	return ""
}

func checkArgon2id(s string) string {
	if secret.Check(s) != nil {
		return "must be an argon2id string as `wirechief hash-password` prints it"
	}
	return ""
}

// checkLine refuses control characters: such a text reaches headers, logs and screens.
func checkLine(s string) string {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return "must be one line of text without control characters"
		}
	}
	return ""
}
