package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A second engine on one data directory says so and touches nothing; the first goes on, and after it the directory is
// free.
func TestServeRefusesADataDirectoryInUse(t *testing.T) {
	s := newSite(t)
	first := s.serve(t)
	code, out, errs := run(t, "", append(s.args(), "--http", "127.0.0.1:0", "--log-format", "json")...)
	require.Equal(t, exitFailed, code)
	require.Empty(t, out)
	require.Regexp(t, `^\{.*"msg":"data directory .*/data is in use by another process".*"code":"data_dir_in_use".*\}\n$`, errs)
	code, _, errs = s.apply(t, erin, s.file, "--dry-run")
	require.Equal(t, exitOK, code, errs)
	first.stop(t)
	s.serve(t).stop(t)
}
