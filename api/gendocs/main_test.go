package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The committed documents are those of the code; `go generate ./api` writes them.
func TestDocumentsAreCurrent(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := Render(root)
	require.NoError(t, err)
	require.Len(t, files, 4)
	for name, want := range files {
		have, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(have), "%s is not current", name)
	}
}

func TestEveryCodeHasAMeaning(t *testing.T) {
	for _, s := range sources {
		codes, err := codesOf(filepath.Join("..", "..", s.path))
		require.NoError(t, err)
		require.NotEmpty(t, codes)
		for _, c := range codes {
			require.NotEmpty(t, c.meaning, c.value)
		}
	}
}
