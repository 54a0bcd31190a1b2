package proc

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the unit of CPU times in /proc: USER_HZ is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// Usage is what a process has used since it was started.
type Usage struct {
	At      time.Time
	CPU     time.Duration // user and system, all threads
	RSS     int64         // resident memory now, bytes
	Written int64         // bytes it caused to be written to storage; 0 when the kernel does not tell
	Threads int
}

// Read reads a process's usage.
func Read(pid int) (Usage, error) {
	u := Usage{At: time.Now()}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, fmt.Errorf("reading process %d: %w", pid, err)
	}
	// The name in parentheses may hold anything; fields are counted from behind it.
	f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	const utime, stime, threads, rss = 11, 12, 17, 21
	if len(f) <= rss {
		return u, fmt.Errorf("process %d: stat has %d fields", pid, len(f))
	}
	user, _ := strconv.ParseInt(f[utime], 10, 64)
	system, _ := strconv.ParseInt(f[stime], 10, 64)
	pages, _ := strconv.ParseInt(f[rss], 10, 64)
	u.Threads, _ = strconv.Atoi(f[threads])
	u.CPU, u.RSS = time.Duration(user+system)*tick, pages*int64(os.Getpagesize())
	u.Written = number(fmt.Sprintf("/proc/%d/io", pid), "write_bytes:")
	return u, nil
}

// number finds "name value" in a file of /proc, 0 if it is not there.
func number(path, name string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), name); ok {
			v, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return v
		}
	}
	return 0
}

// Own is this process's CPU time.
func Own() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Busy is how much of one core all processes together used so far, by /proc/stat; without a figure it is 0. The
// difference of two readings, less the own share, is what others took.
func Busy(core int) time.Duration {
	f, err := os.Open("/proc/stat")
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	name := fmt.Sprintf("cpu%d ", core)
	for s := bufio.NewScanner(f); s.Scan(); {
		rest, ok := strings.CutPrefix(s.Text(), name)
		if !ok {
			continue
		}
		var busy int64
		for i, v := range strings.Fields(rest) {
			n, _ := strconv.ParseInt(v, 10, 64)
			if i != 3 && i != 4 && i < 8 { // idle, iowait; guests are counted in user
				busy += n
			}
		}
		return time.Duration(busy) * tick
	}
	return 0
}
