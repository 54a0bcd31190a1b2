package e2e

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// stereo is a decoded recording: caller left, agent right, 8 kHz.
type stereo struct{ left, right []int16 }

// decodeWAV reads a WAV file by sox, a player that knows nothing of us.
func decodeWAV(t *testing.T, wav []byte) stereo {
	t.Helper()
	file := filepath.Join(t.TempDir(), "r.wav")
	require.NoError(t, os.WriteFile(file, wav, 0o600))
	var errs bytes.Buffer
	cmd := exec.Command("sox", file,
		"-t", "raw", "-e", "signed", "-b", "16", "-L", "-r", strconv.Itoa(rate), "-c", "2", "-")
	cmd.Stderr = &errs
	raw, err := cmd.Output()
	require.NoError(t, err, errs.String())
	var s stereo
	for i := 0; i+3 < len(raw); i += 4 {
		s.left = append(s.left, int16(binary.LittleEndian.Uint16(raw[i:])))
		s.right = append(s.right, int16(binary.LittleEndian.Uint16(raw[i+2:])))
	}
	return s
}

// tones says for how long, in tenths of a second, a channel holds a tone and nothing else.
func tones(channel []int16, hz float64) (tenths int) {
	for i := 0; i+rate/10 <= len(channel); i += rate / 10 {
		if isTone(channel[i:i+rate/10], hz) {
			tenths++
		}
	}
	return tenths
}

// levelOf is the amplitude in dBFS of a tone where it sounds, by the loudest tenth of a second.
func levelOf(channel []int16, hz float64) float64 {
	best := 0.0
	for i := 0; i+rate/10 <= len(channel); i += rate / 10 {
		best = max(best, goertzel(channel[i:i+rate/10], hz))
	}
	return 20 * math.Log10(best/32768)
}

// recording awaits that a call's recording is finished and fetches it whole, in two ranges, which must fit together.
func (e *engine) recording(d *desk, call string) (meta frame, wav []byte) {
	e.t.Helper()
	d.reachedOrFail("the recording of "+call, func() bool {
		return d.latest(call).at("call.recording_done") == true
	})
	list := e.read(d.token, "/v1/recordings?call="+call).list("recordings")
	require.Len(e.t, list, 1)
	meta = list[0]
	path := meta.str("audio")
	code, head, h := e.get(d.token, path, "Range", "bytes=0-99")
	require.Equal(e.t, 206, code, head)
	require.Len(e.t, head, 100)
	require.Equal(e.t, "bytes 0-99/"+strconv.Itoa(int(meta.num("bytes"))), h.Get("Content-Range"))
	code, rest, _ := e.get(d.token, path, "Range", "bytes=100-")
	require.Equal(e.t, 206, code)
	code, whole, _ := e.get(d.token, path)
	require.Equal(e.t, 200, code)
	require.Equal(e.t, whole, head+rest, "R61: ranges are parts of the same file")
	require.Equal(e.t, "RIFF", whole[:4])
	return meta, []byte(whole)
}
