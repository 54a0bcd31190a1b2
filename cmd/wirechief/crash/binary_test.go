package crash

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// built is the program, built once for all tests.
var built struct {
	once sync.Once
	dir  string
	err  error
	out  []byte
}

// program builds wirechief and gives its path.
func program(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		built.dir = mkdir()
		cmd := exec.Command("go", "build", "-o", filepath.Join(built.dir, "wirechief"), "..")
		built.out, built.err = cmd.CombinedOutput()
	})
	require.NoError(t, built.err, "%s", built.out)
	return filepath.Join(built.dir, "wirechief")
}

func mkdir() string {
	dir, err := os.MkdirTemp("", "wirechief-crash-")
	if err != nil {
		panic(err)
	}
	return dir
}

// client talks to the API of a running program.
type client struct {
	base  string
	token string // guarded by mu
	mu    sync.Mutex
	http  http.Client
}

// errUnauthorized says that the token is no longer good.
var errUnauthorized = errors.New("crash: not signed in")

// call makes one request: nil when it was done, errLost when no answer came, else the refusal. out may be nil.
func (c *client) call(method, path string, body, out any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, c.base+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	c.mu.Lock()
	req.Header.Set("Authorization", "Bearer "+c.token)
	c.mu.Unlock()
	resp, err := c.http.Do(req)
	if err != nil {
		return errLost
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return errLost
	case resp.StatusCode == http.StatusUnauthorized:
		return errUnauthorized
	case resp.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("refused: %d %s", resp.StatusCode, text)
	case out != nil:
		return json.Unmarshal(text, out)
	}
	return nil
}

func (c *client) login() error {
	var out struct {
		AccessToken string `json:"access_token"`
	}
	err := c.call(http.MethodPost, "/v1/login", map[string]string{"login": supervisor, "password": password}, &out)
	c.mu.Lock()
	c.token = out.AccessToken
	c.mu.Unlock()
	return err
}

// ask gives a command by its path of the API.
func (c *client) ask(x command) error {
	path, body := "/v1/calls/"+x.call+"/"+x.verb, map[string]string{"agent": x.agent}
	switch x.verb {
	case "presence":
		name, reason, _ := strings.Cut(x.arg, ":")
		path, body = "/v1/agents/"+x.agent+"/status", map[string]string{"presence": name}
		if reason != "" {
			body["reason"] = reason
		}
	case "note":
		body["customer"] = x.arg
	case "close":
		body["reason"] = x.arg
	case "hangup":
	default:
		return fmt.Errorf("no path for %s", x.verb)
	}
	return c.call(http.MethodPost, path, body, nil)
}

// free says whether all agents are.
func (c *client) free() (bool, error) {
	var out struct {
		Agents []struct {
			ID, Token string
		}
	}
	if err := c.call(http.MethodGet, "/v1/agents", nil, &out); err != nil {
		return false, err
	}
	for _, a := range out.Agents {
		if a.Token != "free" {
			return false, fmt.Errorf("%s is %s", a.ID, a.Token)
		}
	}
	return len(out.Agents) > 0, nil
}

// binaryLauncher starts the program itself. The sign-in of the first start stays good: its key is kept with the data.
func binaryLauncher(c center, path, logPath string) launcher {
	api := &client{base: "http://" + c.http}
	people := newSeats(api.base)
	return func(t *testing.T) *process {
		t.Helper()
		t.Cleanup(func() { require.Empty(t, people.close(), "numbered events follow each other") })
		p := launch(t, exec.Command(program(t), "serve", "--config", path, "--log-level", "warn"), logPath, "is ready.", nil)
		require.NoError(t, api.ready())
		p.anonymous, p.free = true, api.free
		p.ask = func(x command) error {
			switch x.verb {
			case "sit":
				return people.sit(x.agent)
			case "leave":
				people.leave(x.agent)
				return nil
			case "takeover":
				return people.takeOver(api, x)
			}
			return api.ask(x)
		}
		return p
	}
}

// ready asks whether calls are taken, and signs in unless that was done.
func (c *client) ready() error {
	if err := c.call(http.MethodGet, "/readyz", nil, nil); err != nil {
		return err
	}
	err := c.call(http.MethodGet, "/v1/agents", nil, nil)
	if errors.Is(err, errUnauthorized) {
		return c.login()
	}
	return err
}

// The same on the whole program, with commands over HTTP.
func TestKillProgramUnderLoad(t *testing.T) {
	onlyLong(t)
	runKills(t, 28000, 29999, binaryLauncher)
}

// The same on the whole program.
func Test50TalkingCallsOfTheProgram(t *testing.T) { runTalking(t, 22000, 23999, binaryLauncher) }
