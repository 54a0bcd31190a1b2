package engine

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wirechief/wirechief/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The engine takes the file without a warning, so that nothing stands between the load and what is measured.
func TestSiteConfig(t *testing.T) {
	s := &Site{Dir: t.TempDir(), Addr: Loopback(4711), Agents: 3, Phones: netip.MustParseAddrPort("127.0.0.1:7000")}
	require.NoError(t, s.Write())
	f, err := config.Load(s.ConfigPath())
	require.NoError(t, err)
	require.Empty(t, f.Warnings)
	require.Len(t, f.Center.Agents, 3)
	require.Equal(t, "sip:agent2@127.0.0.1:7000", f.Center.Agents[2].Contact)
	require.False(t, f.Center.Tenants[0].Record)
	n, warnings, err := f.Settings(nil, nil)
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, []string{"127.77.18.103:5060"}, n.SIP.UDP)
	require.Equal(t, s.DataDir(), n.DataDir)
}

func TestMedian(t *testing.T) {
	require.Equal(t, 0, median(nil))
	require.Equal(t, 3, median(map[int]int{3: 5, 4: 2, 9: 1}))
	require.Equal(t, 4, median(map[int]int{3: 1, 4: 2}))
}

func TestDirBytes(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a", "b"), make([]byte, 1000), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "c"), make([]byte, 24), 0o600))
	require.Equal(t, int64(1024), DirBytes(dir))
	require.Zero(t, DirBytes(filepath.Join(dir, "none")))
}
