package crash

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

// The test binary started with this variable is the engine without its web side: commands come on standard input, one a
// line, and each answer goes to standard output when it is durable. It starts faster than the whole program.
const childEnv = "CRASH_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := runChild(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if built.dir != "" { // see binary_test.go
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

const childReady = "engine ready"

func runChild(path string) error {
	n, err := startChildNode(path)
	if err != nil {
		return err
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	out := &answers{}
	out.say(childReady)
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			go obey(n, out, strings.Split(lines.Text(), " "))
		}
	}()
	<-term
	return n.Close()
}

type answers struct{ mu sync.Mutex }

func (a *answers) say(line string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = fmt.Fprintln(os.Stdout, line)
}

// obey carries out `<id> <verb> <agent> <call> <arg>`.
func obey(n *actors.Node, out *answers, f []string) {
	if len(f) != 5 {
		out.say(f[0] + " bad")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	verb, agent, call, arg := f[1], f[2], f[3], f[4]
	var err error
	switch verb {
	case "presence":
		err = n.AskAgent(ctx, agent, presenceOf(arg))
	case "finish":
		err = n.AskAgent(ctx, agent, &cc.FinishWrapUp{By: supervisor})
	case "note":
		err = n.AskCall(ctx, call, &cc.ReportNote{Agent: agent, Customer: arg})
	case "close":
		err = n.AskCall(ctx, call, &cc.CloseBubble{Agent: agent, Reason: arg})
	case "hangup":
		err = n.AskCall(ctx, call, &cc.HangUp{Agent: agent})
	case "sit":
		err = n.AskAgent(ctx, agent, &cc.SessionOpened{Session: arg})
	case "leave":
		err = n.AskAgent(ctx, agent, &cc.SessionClosed{Session: arg})
	case "takeover":
		err = n.AskCall(ctx, call, &cc.TakeOver{Agent: agent, Epoch: epochOf(n, call)})
	case "free":
		if busy := busyAgents(n.Journal()); len(busy) > 0 {
			err = fmt.Errorf("busy:%s", strings.Join(busy, ","))
		}
	default:
		err = fmt.Errorf("no verb %s", verb)
	}
	if err != nil {
		out.say(f[0] + " " + err.Error())
		return
	}
	out.say(f[0] + " ok")
}

// epochOf is the owner's epoch that a person sees on a bubble.
func epochOf(n *actors.Node, call string) uint64 {
	v := n.Journal().View()
	defer v.Close()
	var s cc.CallSummary
	if data, ok := v.Get([]byte(actors.SummaryPrefix + call)); ok {
		_ = s.UnmarshalVT(data)
	}
	return s.OwnerEpoch
}

func presenceOf(arg string) *cc.SetPresence {
	name, reason, _ := strings.Cut(arg, ":")
	p := cc.Presence_AVAILABLE
	if name == "unavailable" {
		p = cc.Presence_UNAVAILABLE
	}
	return &cc.SetPresence{Presence: p, Reason: reason, By: supervisor}
}

func startChildNode(path string) (*actors.Node, error) {
	f, err := config.Load(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	s, _, err := f.Settings(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	at, err := netip.ParseAddr(s.Advertise)
	if err != nil {
		return nil, fmt.Errorf("reading the address: %w", err)
	}
	n, err := actors.Start(actors.Settings{
		NodeID:  1,
		Journal: persistence.Options{Dir: filepath.Join(s.DataDir, "journal")},
		SIP:     wsip.Config{UDP: s.SIP.UDP, AdvertiseAddr: at.String()},
		Media: media.Config{
			Addr: at, Advertise: at, PortMin: uint16(s.Media.PortMin), PortMax: uint16(s.Media.PortMax),
			RecordDir: s.RecordingsDir,
		},
		Center: f.Center.Build, Advertise: at,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: childLevel()})),
	})
	if err != nil {
		return nil, fmt.Errorf("starting the engine: %w", err)
	}
	return n, nil
}

func childLevel() slog.Level {
	if os.Getenv("CRASH_DEBUG") != "" {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// childLauncher starts the engine part alone.
func childLauncher(_ center, path, logPath string) launcher {
	return func(t *testing.T) *process {
		t.Helper()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		var mu sync.Mutex
		waiting, next := make(map[string]chan string), 0
		p := launch(t, cmd, logPath, childReady, func(line string) {
			id, rest, _ := strings.Cut(line, " ")
			mu.Lock()
			defer mu.Unlock()
			if ch := waiting[id]; ch != nil {
				ch <- rest
				delete(waiting, id)
			}
		})
		p.ask = func(c command) error {
			ch := make(chan string, 1)
			mu.Lock()
			next++
			id := strconv.Itoa(next)
			waiting[id] = ch
			_, err := fmt.Fprintln(in, id, c.verb, dash(c.agent), dash(c.call), dash(c.arg))
			mu.Unlock()
			if err != nil {
				return errLost
			}
			select {
			case answer := <-ch:
				return answered(answer)
			case <-p.exited:
			}
			select { // it may have answered with its last breath
			case answer := <-ch:
				return answered(answer)
			default:
				return errLost
			}
		}
		p.free = func() (bool, error) {
			err := p.ask(command{verb: "free"})
			return err == nil, err
		}
		return p
	}
}

func answered(text string) error {
	if text == "ok" {
		return nil
	}
	return fmt.Errorf("refused: %s", text)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
