package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const nodeFile = `node:
  name: from-file
  data_dir: from-file
  sip: {udp: ["127.0.0.1:5060"], register_min_s: 120}
  media: {port_min: 30000}
`

// Defaults, then the file, then the environment, then flags.
func TestSettingsOrder(t *testing.T) {
	f, err := Parse("node.yml", []byte(nodeFile))
	require.NoError(t, err)
	env := []string{
		"WIRECHIEF_DATA_DIR=from-env", "WIRECHIEF_SIP_UDP=127.0.0.1:6000, 127.0.0.2:6000", "WIRECHIEF_LOG_LEVEL=warn",
		"WIRECHIEF_CONFIG=elsewhere.yml", "HOME=/root", "WIRECHIEF_SERVICE_HOST=10.0.0.1",
	}
	n, warnings, err := f.Settings(env, []Setting{{"log.level", "debug", "--log-level"}, {"sip.tcp", "", "--set"}})
	require.NoError(t, err)
	require.Equal(t, "environment variable WIRECHIEF_SERVICE_HOST: is no setting of ours: ignored", warnings.Error())

	want := DefaultNode()
	want.Name = "from-file"
	want.DataDir = "from-env"
	want.RecordingsDir = "from-env/recordings"
	want.Auth.TokenKeyFile = "from-env/token.key"
	want.SIP.UDP = []string{"127.0.0.1:6000", "127.0.0.2:6000"}
	want.SIP.TCP = []string{}
	want.SIP.RegisterMinS = 120
	want.Media.PortMin = 30000
	want.Log.Level = "debug"
	require.Equal(t, want, n)

	again, _, err := f.Settings(nil, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"127.0.0.1:5060"}, again.SIP.UDP, "an overlay leaves the file's values alone")
}

// Every mistake of every source at once, each with the source that holds the value.
func TestSettingsNameTheirSource(t *testing.T) {
	f, err := Parse("node.yml", []byte(nodeFile))
	require.NoError(t, err)
	_, _, err = f.Settings(
		[]string{"WIRECHIEF_MEDIA_WORKERS=many", "WIRECHIEF_SIP_REGISTER_MAX_S=60", "WIRECHIEF_DATA_DIR="},
		[]Setting{{"media.port_max", "29000", "--set"}, {"sip.upd", ":1", "--set"}, {"sip", "x", "--set"},
			{"http.listen.port", "1", "--set"}})
	require.EqualError(t, err, strings.Join([]string{
		`environment variable WIRECHIEF_MEDIA_WORKERS: media.workers: must be a whole number, is "many"`,
		`environment variable WIRECHIEF_DATA_DIR: data_dir: must not be empty`,
		`--set: sip.upd: unknown setting, did you mean sip.udp?`,
		`--set: sip: unknown setting`,
		`--set: http.listen.port: unknown setting, did you mean http.listen?`,
		`--set: media.port_max: must be above media.port_min (30000), is 29000`,
		`environment variable WIRECHIEF_SIP_REGISTER_MAX_S: sip.register_max_s: must not be below sip.register_min_s (120), is 60`,
	}, "\n"))
}

func TestMistakeBetweenFileAndFlagNamesTheFileWhereItsValueIsWrong(t *testing.T) {
	f, err := Parse("node.yml", []byte("node:\n  media:\n    port_max: 31000\n"))
	require.NoError(t, err)
	_, _, err = f.Settings(nil, []Setting{{"media.port_min", "32000", "--set"}})
	require.EqualError(t, err, "node.yml:3: node.media.port_max: must be above media.port_min (32000), is 31000")
}

func TestEveryKeyHasItsOwnVariable(t *testing.T) {
	seen := map[string]string{}
	for _, key := range NodeKeys() {
		name := EnvName(key)
		require.Empty(t, seen[name], "%s and %s share %s", key, seen[name], name)
		require.NotEqual(t, EnvConfig, name)
		seen[name] = key
	}
	require.Contains(t, seen, "WIRECHIEF_SIP_UDP")
}

// The defaults of the center's structs stand within their own bounds; setDefaults panics on one that does not.
func TestDefaultsAreWithinBounds(t *testing.T) {
	for _, v := range []any{
		&Node{}, &Company{}, &Tenant{}, &WrapUp{}, &Campaign{}, &Number{}, &Workflow{}, &Step{}, &Queue{}, &Agent{},
		&Reason{}, &Trunk{},
	} {
		setDefaults(reflect.ValueOf(v).Elem())
	}
	require.Empty(t, new(Node).defaultsCheck())
}

func (n *Node) defaultsCheck() Problems {
	*n = DefaultNode()
	return n.check(func(key, format string, args ...any) Problem { return Problem{Path: key, Text: format} })
}
