package proc

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestChild(t *testing.T) {
	cores, err := Cores()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c, err := Start(cores[0], nil, "sh", "-c", `trap 'exit 0' TERM; echo first; grep Cpus_allowed_list /proc/self/status
		echo "ready at last"; while :; do sleep 0.01; done`)
	require.NoError(t, err)
	list, err := c.Await(ctx, "Cpus_allowed_list:")
	require.NoError(t, err)
	require.NotContains(t, list, "-")
	rest, err := c.Await(ctx, "ready ")
	require.NoError(t, err)
	require.Equal(t, "at last", rest)
	u, err := c.Usage()
	require.NoError(t, err)
	require.Positive(t, u.RSS)
	require.Equal(t, 1, u.Threads)
	require.NoError(t, c.Stop())
	after, err := Cores()
	require.NoError(t, err)
	require.Equal(t, cores, after, "the thread that started it is where it was")
}

func TestChildThatFails(t *testing.T) {
	c, err := Start(-1, nil, "sh", "-c", "echo no such thing >&2; exit 3")
	require.NoError(t, err)
	_, err = c.Await(context.Background(), "ready")
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "no such thing")
}

func TestKill(t *testing.T) {
	c, err := Start(-1, nil, "sleep", "1000")
	require.NoError(t, err)
	c.Kill()
	<-c.Ended()
	require.Error(t, c.Stop())
}

func TestUsageCountsCPU(t *testing.T) {
	before, err := Read(os.Getpid())
	require.NoError(t, err)
	for n, own := 0, Own(); Own()-own < 50*time.Millisecond; n++ {
	}
	after, err := Read(os.Getpid())
	require.NoError(t, err)
	require.GreaterOrEqual(t, after.CPU-before.CPU, 30*time.Millisecond)
	require.Positive(t, Busy(0))
	_, err = Read(1 << 30)
	require.Error(t, err)
}
