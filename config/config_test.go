package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var rewrite = flag.Bool("rewrite", false, "write the messages beside the files instead of comparing them")

// Each testdata/*.bad.yml is refused with the messages beside it; each *.good.yml is taken with the warnings beside it.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			f, err := Parse(filepath.Base(path), data)
			got := ""
			switch {
			case strings.HasSuffix(path, ".bad.yml"):
				require.Error(t, err)
				require.Nil(t, f, "never half applied")
				got = err.Error() + "\n"
			case strings.HasSuffix(path, ".good.yml"):
				require.NoError(t, err)
				if len(f.Warnings) > 0 {
					got = f.Warnings.Error() + "\n"
				}
			default:
				t.Fatal("neither .good.yml nor .bad.yml")
			}
			beside := strings.TrimSuffix(path, ".yml") + ".txt"
			if *rewrite {
				require.NoError(t, os.WriteFile(beside, []byte(got), 0o644))
				return
			}
			want, err := os.ReadFile(beside)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}
