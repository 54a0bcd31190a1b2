package actors_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
)

const testRealm = "acme" // the company, where no other is configured

// phone is a user agent of a few lines: it registers and says what it is told to.
type phone struct {
	t    *testing.T
	conn net.Conn
	user string
	cseq int
}

func newPhone(f *floor, user string) *phone {
	f.t.Helper()
	conn, err := net.Dial("udp4", sipAddr(f.n).String())
	require.NoError(f.t, err)
	f.t.Cleanup(func() { _ = conn.Close() })
	return &phone{t: f.t, conn: conn, user: user}
}

func (p *phone) read() string {
	p.t.Helper()
	b := make([]byte, 4096)
	require.NoError(p.t, p.conn.SetReadDeadline(time.Now().Add(patience)))
	n, err := p.conn.Read(b)
	require.NoError(p.t, err)
	return string(b[:n])
}

func (p *phone) send(text string) {
	p.t.Helper()
	_, err := p.conn.Write([]byte(text))
	require.NoError(p.t, err)
}

func (p *phone) request(method, uri, headers string) {
	p.cseq++
	at := p.conn.LocalAddr().String()
	p.send(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%s@%s>;tag=t\r\nTo: <sip:%s@%s>\r\nCall-ID: reg-%s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n%s"+
		"Content-Length: 0\r\n\r\n", method, uri, at, method, p.cseq, p.user, testRealm, p.user, testRealm, p.user, p.cseq,
		method, p.user, at, headers))
}

var nonceIn = regexp.MustCompile(`nonce="([^"]+)"`)

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(sum[:])
}

// register answers the challenge for a password; it gives the final response.
func (p *phone) register(password string) string {
	p.t.Helper()
	uri := "sip:" + testRealm
	p.request("REGISTER", uri, "Expires: 120\r\n")
	challenge := p.read()
	require.Contains(p.t, challenge, "SIP/2.0 401")
	nonce := nonceIn.FindStringSubmatch(challenge)[1]
	response := hash(hash(p.user, testRealm, password), nonce, "00000001", "cn", "auth", hash("REGISTER", uri))
	p.request("REGISTER", uri, fmt.Sprintf("Expires: 120\r\n"+
		"Authorization: Digest username=\"%s\",realm=\"%s\",nonce=\"%s\","+
		"uri=\"%s\",response=\"%s\",algorithm=SHA-256,qop=auth,nc=00000001,cnonce=\"cn\"\r\n",
		p.user, testRealm, nonce, uri, response))
	return p.read()
}

// refuse reads an INVITE and refuses it.
func (p *phone) refuse(code int) string {
	p.t.Helper()
	invite := p.read()
	for !strings.HasPrefix(invite, "INVITE ") {
		invite = p.read()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d No\r\n", code)
	for line := range strings.Lines(invite) {
		for _, h := range []string{"Via:", "From:", "To:", "Call-ID:", "CSeq:"} {
			if strings.HasPrefix(line, h) {
				if h == "To:" {
					line = strings.TrimRight(line, "\r\n") + ";tag=p\r\n"
				}
				b.WriteString(line)
			}
		}
	}
	p.send(b.String() + "Content-Length: 0\r\n\r\n")
	return invite
}

// A phone signs in by digest: from then on its agent can be rung, and is rung there. A wrong password does not help.
func TestRegisteredPhoneRings(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) {
		a := c.Agents[0]
		a.Contact, a.SipUser, a.SipHa1Sha256 = "", "desk7", hash("desk7", testRealm, "secret")
	})
	f.available("agent0")
	require.False(t, agentSummary(t, f.n, "agent0").Endpoint)
	p := newPhone(f, "desk7")
	require.Contains(t, p.register("wrong"), "SIP/2.0 401")
	require.Contains(t, p.register("secret"), "SIP/2.0 200")
	f.until("reachable", func() bool { return agentSummary(t, f.n, "agent0").Endpoint })
	call := f.callers.Dial(testNumber, "+15550001")
	invite := p.refuse(603)
	require.Contains(t, invite, "INVITE sip:desk7@"+p.conn.LocalAddr().String())
	await(f.ctx, t, call.Answered()) // by the queue: the agent declined
	f.until("rejected", func() bool { return f.presence("agent0") == cc.Presence_UNAVAILABLE })
	f.hangUp(call)
	f.sound()
}

// A phone that reconnects is gone and there again at once, told by two goroutines: whichever comes last, what holds is
// what the registrar says. The agent would stay without a phone until the next change, and refreshes are none.
func TestLateNewsOfAPhone(t *testing.T) {
	f := newFloor(t, 1, func(c *cc.Center) {
		a := c.Agents[0]
		a.Contact, a.SipUser, a.SipHa1Sha256 = "", "desk7", hash("desk7", testRealm, "secret")
	})
	f.available("agent0")
	p := newPhone(f, "desk7")
	require.Contains(t, p.register("secret"), "SIP/2.0 200")
	f.until("reachable", func() bool { return agentSummary(t, f.n, "agent0").Endpoint })
	f.n.LatePhoneNews("desk7")
	require.NoError(t, f.n.AskAgent(f.ctx, "agent0", &cc.SetFocus{Call: "x"}))
	require.True(t, agentSummary(t, f.n, "agent0").Endpoint)
}
