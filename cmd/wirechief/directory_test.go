package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A file of customers goes in whole, or its mistakes are named with line and column; it comes out as it can go in.
func TestDirectoryImportAndExport(t *testing.T) {
	s := newSite(t)
	s.serve(t)
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	as := []string{"--url", s.url(), "--login", "erin", "--password", "demo-erin"}
	good := file("good.csv", "tenant,customer,name,numbers\nnorth,c1,Ann Lee,+1 312 555 0101\n")
	bad := file("bad.csv", "tenant,customer,name\nnorth,c2,Bea\nwest,c3,Cy\n")

	code, out, errs := run(t, "", append([]string{"directory", "import", bad}, as...)...)
	require.Equal(t, exitFailed, code, out)
	require.Equal(t, bad+": nothing was imported\nline 3, column 1 (tenant): \"west\" is not one of your tenants\n", errs)
	code, out, errs = run(t, "", append([]string{"directory", "import", good}, as...)...)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, `{"customers":1,"jobs":0}`)
	code, out, errs = run(t, "", append([]string{"directory", "export", "north"}, as...)...)
	require.Equal(t, exitOK, code, errs)
	require.Equal(t, "tenant,customer,name,numbers,location,address,job,job_type,job_state,job_at\n"+
		"north,c1,Ann Lee,+13125550101,,,,,,\n", out)
}
