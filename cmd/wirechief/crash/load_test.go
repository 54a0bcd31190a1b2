package crash

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/bench/ua"
)

// callEnds is how long after its hang-up a call may take to end: the last retransmission of a BYE plus much slack.
const callEnds = 2 * time.Minute

// load is callers, phones and people who keep the engine busy while it is killed and started again.
type load struct {
	callers *ua.Callers
	phones  *ua.Phones
	ledger  *ledger
	every   time.Duration // between two calls
	downs   []outage      // of the engine so far

	mu      sync.Mutex
	chance  *rand.Rand        // guarded by mu
	engine  *process          // guarded by mu; nil while none is up
	changed chan struct{}     // guarded by mu; closed when engine is set
	atAgent map[string]string // agent -> the last call that rang; guarded by mu
	tally   map[string]int    // guarded by mu
	bad     []string          // guarded by mu
	stuck   []string          // numbers of callers whose calls do not end; guarded by mu

	stopping chan struct{}
	dialling sync.WaitGroup
	people   sync.WaitGroup
	calls    sync.WaitGroup
}

func newLoad(seed uint64, perSecond int) *load {
	return &load{
		ledger: newLedger(), every: time.Second / time.Duration(perSecond), chance: rand.New(rand.NewPCG(seed, 1)),
		changed: make(chan struct{}), atAgent: make(map[string]string), tally: make(map[string]int),
		stopping: make(chan struct{}),
	}
}

// openPhones must come before start: the configuration holds their address.
func (l *load) openPhones(t *testing.T) {
	t.Helper()
	var err error
	l.phones, err = ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{
		Act: l.act,
		OnRing: func(r ua.Rung) {
			l.mu.Lock()
			l.atAgent[r.User] = r.Call
			l.mu.Unlock()
		},
	})
	require.NoError(t, err)
	t.Cleanup(l.phones.Close)
}

// start begins to call and to work.
func (l *load) start(t *testing.T, engine string, agents int) {
	t.Helper()
	to := netip.MustParseAddrPort(engine)
	var err error
	l.callers, err = ua.NewCallers("127.0.0.1:0", to, fmt.Sprintf("crash%d", time.Now().UnixNano()))
	require.NoError(t, err)
	t.Cleanup(l.callers.Close)
	for i := range agents {
		l.people.Go(func() { l.work(agentID(i), hasClient(i)) })
	}
	l.dialling.Go(l.dial)
}

// n draws a number below limit.
func (l *load) n(limit int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.chance.IntN(limit)
}

// ms draws a time.
func (l *load) ms(from, to int) time.Duration {
	return time.Duration(from+l.n(to-from)) * time.Millisecond
}

func (l *load) count(what string) {
	l.mu.Lock()
	l.tally[what]++
	l.mu.Unlock()
}

func (l *load) wrong(format string, args ...any) {
	l.mu.Lock()
	l.bad = append(l.bad, fmt.Sprintf(format, args...))
	l.mu.Unlock()
}

func (l *load) sticks(from string) {
	l.mu.Lock()
	l.stuck = append(l.stuck, from)
	l.mu.Unlock()
}

// act is how a phone takes an INVITE.
func (l *load) act(string) ua.Behaviour {
	switch l.n(20) {
	case 0:
		return ua.Behaviour{Refuse: 486}
	case 1:
		return ua.Behaviour{Refuse: 603}
	case 2:
		return ua.Behaviour{Silent: true}
	case 3:
		return ua.Behaviour{Ring: time.Hour} // rings, and nobody picks up
	case 4, 5, 6, 7, 8:
		return ua.Behaviour{Ring: l.ms(0, 80), Talk: l.ms(20, 600)}
	}
	return ua.Behaviour{Ring: l.ms(0, 120)}
}

// wait is a pause that the end of the load cuts short; it says whether to go on.
func (l *load) wait(d time.Duration) bool {
	select {
	case <-l.stopping:
		return false
	case <-time.After(d):
		return true
	}
}

func (l *load) dial() {
	numbers := []string{numberOnAgent, numberOnQueue}
	for i := 0; l.wait(l.every); i++ {
		number, from := numbers[l.n(len(numbers))], fmt.Sprintf("+1555%07d", i)
		l.calls.Go(func() { l.call(number, from) })
	}
}

// call is one caller: gives up, or talks and hangs up, or waits for the agent to do so.
func (l *load) call(number, from string) {
	l.count("dialled")
	patience := l.ms(100, 3000)
	if l.n(8) == 0 {
		patience = l.ms(0, 200)
	}
	talk := l.ms(30, 900)
	if l.n(3) == 0 {
		talk = 4 * time.Second // leaves the end to the agent
	}
	c := l.callers.Dial(number, from)
	select {
	case <-c.Answered():
	case <-time.After(patience):
		c.Cancel()
	}
	deadline := time.After(callEnds)
	select {
	case <-c.Answered():
	case <-deadline:
		l.sticks(from)
		l.wrong("call of %s: no final response to INVITE and CANCEL", from)
		return
	}
	final := c.Result().Final
	l.count(fmt.Sprintf("final %d", final))
	if final == 200 {
		l.ledger.connected(from)
		select {
		case <-c.Ended():
		case <-l.stopping:
		case <-time.After(talk):
		}
		c.HangUp()
	}
	select {
	case <-c.Ended():
	case <-deadline:
		l.sticks(from)
		l.wrong("call of %s does not end", from)
		return
	}
	switch r := c.Result(); {
	case final != 200:
	case r.Released:
		l.count("ended by the engine")
	case r.Hung && r.ByeCode == 200:
		l.count("hung up")
	case r.Hung:
		l.count(fmt.Sprintf("BYE got %d", r.ByeCode))
	default:
		l.count("BYE unanswered")
	}
}

// attach gives the people an engine to work with; nil takes it away.
func (l *load) attach(p *process) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.engine = p
	if p != nil {
		close(l.changed)
		l.changed = make(chan struct{})
	}
}

// up waits for an engine other than one that is gone; nil when the load ends.
func (l *load) up(gone *process) *process {
	for {
		l.mu.Lock()
		p, changed := l.engine, l.changed
		l.mu.Unlock()
		if p != nil && p != gone {
			return p
		}
		select {
		case <-changed:
		case <-l.stopping:
			return nil
		}
	}
}

// work is one agent's commands: on and off, notes, hang-ups, closing, take-overs, wrap-up. It is the only one who
// commands this agent, so that the order of the acknowledgements is that of the commands. At a client it sits down
// again after each kill, and now and then gets up.
func (l *load) work(agent string, client bool) {
	p := l.up(nil)
	var at *process // where its client is connected
	sittings := 0
	// Each change of presence differs from the one before, so that it leaves a record. After one whose fate is unknown
	// that takes an Unavailable with the next reason.
	away, unsure, reason := true, false, l.n(reasonsOfPresence)
	for p != nil {
		c, was := l.choose(agent), away
		switch {
		case client && at != p:
			sittings++
			c = command{verb: "sit", agent: agent, arg: fmt.Sprint("s", sittings)}
		case client && c.verb == "finish" && l.n(4) == 0:
			c = command{verb: "leave", agent: agent, arg: fmt.Sprint("s", sittings)}
		case away:
			c = command{verb: "presence", agent: agent, arg: "available"}
			away = false
		case unsure || c.verb == "presence":
			reason = (reason + 1) % reasonsOfPresence
			c = command{verb: "presence", agent: agent, arg: fmt.Sprintf("unavailable:r%d", reason)}
			away = true
		}
		err := p.ask(c)
		switch {
		case err == nil:
			if !p.anonymous || c.verb != "sit" && c.verb != "leave" {
				l.ledger.acked(c)
			}
			l.count("acknowledged " + c.verb)
			unsure = unsure && c.verb != "presence"
			switch c.verb {
			case "sit":
				at = p
			case "leave":
				at = nil
			}
		case errors.Is(err, errLost):
			l.count("lost " + c.verb)
			if c.verb == "presence" {
				away, unsure = false, true
			}
			p = l.up(p)
			continue
		default:
			l.count("refused " + c.verb)
			if away = was; c.verb == "presence" {
				l.wrong("%s %s of %s: %v", c.verb, c.arg, agent, err)
			}
		}
		if !l.wait(l.ms(20, 250)) {
			return
		}
	}
}

// lastOf is the call that rang at an agent last, "" before the first.
func (l *load) lastOf(agent string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.atAgent[agent]
}

// choose is what an agent does next.
func (l *load) choose(agent string) command {
	call, other := l.lastOf(agent), l.lastOf(agentID(l.n(agents)))
	c := command{verb: "note", agent: agent, call: call}
	switch what := l.n(10); {
	case what < 2:
		c.verb, c.call = "presence", ""
	case call == "" || what == 2:
		c.verb, c.call = "finish", ""
	case what < 7:
		c.arg = fmt.Sprintf("c%d", l.n(1<<30))
	case what == 7 && other != "" && l.n(2) == 0:
		c.verb, c.call = "takeover", other
	case what == 7:
		c.verb = "hangup"
	default:
		c.verb, c.arg = "close", "price"
	}
	return c
}

// finish ends the load: no more commands and calls, and every call under way is hung up.
func (l *load) finish() {
	close(l.stopping)
	l.dialling.Wait()
	l.people.Wait()
	l.calls.Wait()
}
