package directory

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var rewrite = flag.Bool("rewrite", false, "write the outcomes beside the files instead of comparing them")

func ours(tenant string) bool { return tenant == "north" || tenant == "south" }

// Each testdata/*.bad.csv is refused with the mistakes beside it, each *.good.csv says what stands beside it.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			f, mistakes := Parse(text, Plain, ours)
			var got strings.Builder
			if strings.HasSuffix(path, ".bad.csv") {
				require.Nil(t, f, "never half taken")
				for _, m := range mistakes {
					_, _ = fmt.Fprintln(&got, m)
				}
			} else {
				require.Empty(t, mistakes)
				for _, c := range f.Customers {
					_, _ = fmt.Fprintf(&got, "%s\n", encode(c))
				}
				for _, j := range f.Jobs {
					_, _ = fmt.Fprintf(&got, "%s\n", encode(j))
				}
			}
			beside := strings.TrimSuffix(path, ".csv") + ".txt"
			if *rewrite {
				require.NoError(t, os.WriteFile(beside, []byte(got.String()), 0o644))
				return
			}
			want, err := os.ReadFile(beside)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String())
		})
	}
}

func TestTooManyMistakesAreCounted(t *testing.T) {
	text := "tenant,customer,name\n" + strings.Repeat("west,c1,Ann\n", 150)
	_, mistakes := Parse([]byte(text), Plain, ours)
	require.Len(t, mistakes, maxMistakes+1)
	require.Equal(t, "and 50 more mistakes", mistakes[maxMistakes].Text)
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Ann Lee": "ann lee", "O'Neil & Sons, Inc.": "o neil sons inc", "Ärzte-Haus 12b": "ärzte haus 12b",
		"a a A": "a", "1 2 3 4 5 6 7 8 9": "1 2 3 4 5 6 7 8",
	} {
		require.Equal(t, want, strings.Join(Words(text, maxNameWords), " "), text)
	}
	require.LessOrEqual(t, len(Words(strings.Repeat("ä", 40), 1)[0]), maxWord)
}

// A text is refused with a mistake, or taken; what is taken is written so that it says the same again.
func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(f, err)
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, mistakes := Parse(text, Plain, ours)
		if file == nil {
			require.NotEmpty(t, mistakes)
			for _, m := range mistakes {
				require.Positive(t, m.Line)
			}
			return
		}
		require.Empty(t, mistakes)
		for _, c := range file.Customers {
			require.NoError(t, c.Check(Plain))
		}
		again, err := file.text()
		require.NoError(t, err)
		same, mistakes := Parse(again, Plain, ours)
		require.Empty(t, mistakes, "%s", again)
		require.JSONEq(t, show(t, file), show(t, same))
		twice, err := same.text()
		require.NoError(t, err)
		require.True(t, bytes.Equal(again, twice))
	})
}

func show(t *testing.T, f *File) string {
	t.Helper()
	jobs := map[string]*Job{} // customer by customer in what we write
	for _, j := range f.Jobs {
		jobs[j.Tenant+"/"+j.ID] = j
	}
	b, err := json.Marshal([]any{f.Customers, jobs})
	require.NoError(t, err)
	return string(b)
}
