package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emiago/sipgo/sip"
)

// edge gives the verdict of parse and screen: "ok METHOD", "drop" or the refusing code.
var edge = map[string]int{
	"wsinv": 0, "intmeth": 501, "esc01": 0, "escnull": 0, "esc02": 501, "lwsdisp": 0, "longreq": 0, "dblreq": 0,
	"semiuri": 0, "transports": 0, "mpart01": 0, "unreason": 0, "noreason": 0, "badinv01": 400, "clerr": 400,
	"ncl": 400, "scalar02": 400, "scalarlg": 400, "quotbal": 400, "ltgtruri": 400, "lwsruri": 400, "lwsstart": 400,
	"trws": 400, "escruri": 400, "baddate": 0, "regbadct": 400, "badaspec": 400, "baddn": 400, "badvers": 505,
	"mismatch01": 400, "mismatch02": 400, "bigcode": 400, "badbranch": 400, "insuf": 400, "unkscm": 416,
	"novelsc": 416, "unksm2": 0, "bext01": 420, "invut": 415, "regaut01": 0, "multi01": 400, "mcl01": 400,
	"bcast": 400, "zeromf": 0, "cparam01": 0, "cparam02": 0, "regescrt": 0, "sdp01": 406, "inv2543": 0, "test": 400,
	"ipv4-mapped-ipv6": 0, "ipv6-bad": 400, "ipv6-bug-abnf-3-colons": 0, "ipv6-correct-abnf-2-colons": 0,
	"ipv6-good": 0, "ipv6-in-sdp": 0, "mult-ip-in-header": 0, "mult-ip-in-sdp": 0, "port-ambiguous": 0,
	"port-unambiguous": 0, "via-received-param-no-delim": 0, "via-received-param-with-delim": 0,
}

var testCaps = Caps{
	Methods:    []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "UPDATE", "MESSAGE"},
	Extensions: []string{"timer"}, BodyTypes: []string{"application/sdp"},
}

func tortureFiles(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("../testdata/torture/*/*.dat")
	require.NoError(t, err)
	files := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		files[strings.TrimSuffix(filepath.Base(name), ".dat")] = data
	}
	require.Len(t, files, 62)
	return files
}

func TestTortureVerdictsAtTheEdge(t *testing.T) {
	for name, data := range tortureFiles(t) {
		p := Parse(data, Limits{}.WithDefaults())
		got := 0
		if p.Fault != nil {
			got = p.Fault.Code
		} else if req, ok := p.Msg.(*sip.Request); ok {
			if f := Screen(req, &testCaps); f != nil {
				got = f.Code
			}
		}
		want, known := edge[name]
		require.True(t, known, name)
		require.Equal(t, want, got, "%s: %v", name, p.Fault)
		if strings.HasPrefix(string(data), "SIP/") {
			require.False(t, p.Raw.Request, name)
		}
	}
}
