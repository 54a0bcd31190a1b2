package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// program is the program under test, built once.
var program string

// tools are what the tests run besides Go, with the Debian package that has them.
var tools = map[string]string{
	"sipp": "sip-tester", "baresip": "baresip", "sox": "sox", "taskset": "util-linux",
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	for tool, pkg := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return 0, fmt.Errorf("%s is missing: install the package %s", tool, pkg)
		}
	}
	dir, err := os.MkdirTemp("", "wirechief-e2e-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "wirechief")
	args := []string{"build", "-o", program}
	if race {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "github.com/wirechief/wirechief/cmd/wirechief")...)
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the program: %w\n%s", err, out)
	}
	// Tests wait more than they work: a few more at a time than there are cores.
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.NumCPU())); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
