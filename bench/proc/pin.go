package proc

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// pinned marks a process that was started again on its core.
const pinned = "BENCH_CORES"

// Cores are the cores this process may use, as it was started.
func Cores() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("reading the core set: %w", err)
	}
	var out []int
	for c := range len(set) * 64 {
		if set.IsSet(c) {
			out = append(out, c)
		}
	}
	return out, nil
}

// Split says which core the engine and which the generator gets; both are -1 when there is one core only.
func Split() (engine, generator int, err error) {
	if v, ok := os.LookupEnv(pinned); ok {
		if _, err := fmt.Sscanf(v, "%d,%d", &engine, &generator); err != nil {
			return -1, -1, fmt.Errorf("%s=%q: %w", pinned, v, err)
		}
		return engine, generator, nil
	}
	cores, err := Cores()
	if err != nil || len(cores) < 2 {
		return -1, -1, err
	}
	return cores[0], cores[1], nil
}

// PinSelf starts this program again with all its threads on one core. It returns only when it is there already, or
// when there is no core to choose.
func PinSelf(engine, generator int) error {
	if os.Getenv(pinned) != "" || generator < 0 {
		return nil
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := affinity(generator); err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	env := append(os.Environ(), fmt.Sprintf("%s=%d,%d", pinned, engine, generator))
	return fmt.Errorf("starting on core %d: %w", generator, syscall.Exec(exe, os.Args, env))
}

func affinity(core int) error {
	var set unix.CPUSet
	set.Set(core)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("pinning to core %d: %w", core, err)
	}
	return nil
}

// startOn starts a command with all its threads on a core; -1: wherever this process runs.
func startOn(c *exec.Cmd, core int) error {
	if core < 0 {
		return c.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var was unix.CPUSet
	if err := unix.SchedGetaffinity(0, &was); err != nil {
		return fmt.Errorf("reading the core set: %w", err)
	}
	if err := affinity(core); err != nil {
		return err
	}
	err := c.Start()
	if back := unix.SchedSetaffinity(0, &was); err == nil && back != nil {
		err = fmt.Errorf("going back to the own core: %w", back)
	}
	return err
}
