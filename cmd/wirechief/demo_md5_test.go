package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The demo offers SHA-256 first; one flag makes it offer MD5 alone. A file says it itself.
func TestDemoMD5(t *testing.T) {
	p, err := (&serveCmd{}).plan(nil)
	require.NoError(t, err)
	require.False(t, p.File.Center.Company.MD5Only)
	require.True(t, p.File.Center.Company.AllowMD5)
	p, err = (&serveCmd{DemoMD5: true}).plan(nil)
	require.NoError(t, err)
	require.True(t, p.File.Center.Company.MD5Only)
	_, err = (&serveCmd{DemoMD5: true, Config: "../../config/demo.yml"}).plan(nil)
	require.ErrorIs(t, err, errDemoOnly)
}
