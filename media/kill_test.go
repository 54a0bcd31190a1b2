package media

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// R62: kill -9 costs at most 300 ms of a recording. The child says when each packet was sent; all but the last
// 300 ms of them must be in the file. On a machine that lets a thread wait for its core, several threads wait: the one
// that reads the packet, the one that writes it down, and the child's own.
func TestKillLosesAtMost300ms(t *testing.T) {
	for round, packets := range []int{3, 40, 77, 130} {
		t.Run(fmt.Sprint(packets), func(t *testing.T) {
			dir := t.TempDir()
			port := 12000 + round*10
			sent, late := recordAndKill(t, dir, port, packets)
			most := 300 + 10*late
			r := newRig(t, func(c *Config) { c.RecordDir, c.PortMin, c.PortMax = dir, uint16(port), uint16(port)+9 })
			list, err := r.Recover()
			require.NoError(t, err)
			span := sent[len(sent)-1] - sent[0]
			if span <= most && len(list) == 0 {
				return
			}
			require.Len(t, list, 1)
			require.False(t, list[0].Stopped)
			require.NoError(t, r.OpenAt("call", "a", uint16(port)), "the address is to be had again")
			require.NoError(t, r.Finish("rec"))
			f := await[RecordingFinished](r, 1).Finished
			require.True(t, f.Truncated)
			end := f.StartMs + f.DurationMs
			t.Logf("killed %d ms after the first packet, up to %d ms late; the file ends %d ms before the last", span, late,
				sent[len(sent)-1]-end)
			require.GreaterOrEqual(t, end, sent[len(sent)-1]-most)
			left, right := readWAV(t, f)
			if span > 1000 && late < 40 { // what came late sounds otherwise than it was said
				require.Zero(t, f.Lost)
				require.Empty(t, f.Gaps)
				from := int(sent[0]-f.StartMs+40) * 8
				require.InEpsilon(t, 8000, goertzel(left[from:len(left)-800], 440), 0.1)
				require.InEpsilon(t, 8000, goertzel(right[from:len(right)-800], 740), 0.1)
			}
			require.NoError(t, r.Finish("rec"))
		})
	}
}

// Killed while killed: what Recover did itself may be cut short and is done again.
func TestRecoverTwice(t *testing.T) {
	dir := t.TempDir()
	recordAndKill(t, dir, 12100, 100)
	var first, second []Unfinished
	for _, list := range []*[]Unfinished{&first, &second} {
		r := newRig(t, func(c *Config) { c.RecordDir = dir })
		var err error
		*list, err = r.Recover()
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	require.Len(t, first, 1)
	require.Equal(t, first, second)
}

// recordAndKill runs a recording child until it has sent so many packets, kills it, and gives when it sent them and how
// late it was at worst, in ms.
func recordAndKill(t *testing.T, dir string, port, packets int) (sent []int64, late int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WIRECHIEF_MEDIA_CHILD=record", "WIRECHIEF_MEDIA_DIR="+dir,
		"WIRECHIEF_MEDIA_PORT="+strconv.Itoa(port))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(out); len(sent) < packets && lines.Scan(); {
		var ms int64
		_, err := fmt.Sscan(lines.Text(), &ms, &late)
		require.NoError(t, err)
		sent = append(sent, ms)
	}
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.Len(t, sent, packets, "the child ended by itself")
	return sent, late
}
