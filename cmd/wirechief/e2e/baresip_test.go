package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// baresip is a softphone with a tone for a microphone. What it hears goes into files of its directory.
type baresip struct {
	*process
	dir string
}

// softphone starts baresip with an account line and commands to begin with.
func softphone(t *testing.T, at netip.AddrPort, hz int, account string, commands ...string) baresip {
	t.Helper()
	dir := t.TempDir()
	tone := filepath.Join(dir, "tone.wav")
	out, err := exec.Command("sox", "-n", "-r", "8000", "-c", "1", "-b", "16", tone,
		"synth", "60", "sine", fmt.Sprint(hz), "vol", fmt.Sprint(float64(amplitude)/32768)).CombinedOutput()
	require.NoError(t, err, string(out))
	modules, err := filepath.Glob("/usr/lib/*baresip/modules")
	require.NoError(t, err)
	require.Len(t, modules, 1, "baresip has no modules: install the package baresip-core")
	config := fmt.Sprintf(`poll_method epoll
sip_listen %s
call_max_calls 2
audio_player aubridge,sink
audio_source aufile,%s
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_bandwidth 512-1024
audio_jitter_buffer_type fixed
audio_jitter_buffer_delay 1-10
module_path %s
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
snd_path %s
`, at, tone, modules[0], dir)
	for name, text := range map[string]string{"config": config, "accounts": account + "\n", "contacts": ""} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	args := []string{"-f", dir, "-4"}
	for _, c := range commands {
		args = append(args, "-e", c)
	}
	return baresip{launch(t, "baresip", args...), dir}
}

// heard is what the softphone has heard so far.
func (b baresip) heard() []int16 {
	files, err := filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav"))
	if err != nil || len(files) != 1 {
		return nil
	}
	raw, err := os.ReadFile(files[0])
	if err != nil || len(raw) < 44 {
		return nil
	}
	var out []int16
	for i := 44; i+1 < len(raw); i += 2 {
		out = append(out, int16(uint16(raw[i])|uint16(raw[i+1])<<8))
	}
	return out
}

// hears awaits two seconds of a tone.
func (b baresip) hears(hz float64) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if tones(b.heard(), hz) >= 20 {
			return
		}
		select {
		case <-b.done:
			b.t.Fatal("baresip ended")
		case <-time.After(ms(50)): // a file tells nobody that it grows
		}
	}
	b.t.Fatalf("baresip does not hear %v Hz (%d samples)", hz, len(b.heard()))
}

// R56, R60, R61: two softphones talk; what each plays is what the other hears, and the recording has both: the caller
// on the left, the agent on the right, at the level they were played and as long as the talk.
func TestRealAudioByBaresip(t *testing.T) {
	t.Parallel()
	for _, cores := range []string{"one core", "all cores"} {
		t.Run(cores, func(t *testing.T) { talkByBaresip(t, start(t, settings{oneCore: cores == "one core"})) })
	}
}

func talkByBaresip(t *testing.T, e *engine) {
	t.Helper()
	alice, boss := sit(e, "alice"), sit(e, "dave")
	// Signs in by MD5, the only digest it knows: company.md5_only.
	account := fmt.Sprintf("<sip:101@%s>;auth_pass=demo-phone-secret-101;regint=300;answermode=auto;"+
		"audio_codecs=PCMU/8000/1", e.udp)
	tel := softphone(t, free(t), 700, account)
	tel.says("200 OK (Wirechief) [1 binding]")
	alice.becomes("endpoint", true)
	alice.available()
	account = fmt.Sprintf("<sip:+15551230004@%s>;regint=0;audio_codecs=PCMU/8000/1", e.udp.Addr())
	call := softphone(t, free(t), 440, account, fmt.Sprintf("/dial sip:%s@%s", north, e.udp))
	id := alice.offer().str("call")
	call.hears(700)
	tel.hears(440)
	alice.ok("call.hangup", frame{"call": id})
	alice.becomes("token", "wrapup")
	talked := alice.call(id).num("talk_ms")

	meta, wav := e.recording(boss, id)
	sound := decodeWAV(t, wav)
	// On a busy machine the softphones stutter, and their tones have breaks: what the other end heard is on record too.
	require.InDelta(t, talked, meta.num("duration_ms"), 1000, "as long as the talk")
	heardByAgent, heardByCaller := tones(tel.heard(), 440), tones(call.heard(), 700)
	require.GreaterOrEqual(t, tones(sound.left, 440), 4*heardByAgent/5, "R60: the caller is on the left")
	require.GreaterOrEqual(t, tones(sound.right, 700), 4*heardByCaller/5, "R60: the agent is on the right")
	require.Zero(t, tones(sound.left, 700)+tones(sound.right, 440))
	require.InDelta(t, -12.2, levelOf(sound.left, 440), 0.5, "dBFS")
	require.InDelta(t, -12.2, levelOf(sound.right, 700), 0.5, "dBFS")
	for _, b := range []baresip{call, tel} {
		require.False(t, strings.Contains(b.out.String(), "fault"), b.out.String())
	}
}

// free is a UDP address that nobody else uses.
func free(t *testing.T) netip.AddrPort {
	t.Helper()
	ip := host()
	return netip.AddrPortFrom(ip, freePort(t, ip))
}
