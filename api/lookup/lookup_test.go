package lookup

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnswers(t *testing.T) {
	for text, want := range map[string][]Ref{
		``:                  nil,
		`{}`:                nil,
		`{"candidates":[]}`: nil,
		`{"candidates":[{"customer":"a","name":"A","more":1}]}`:         {{Customer: "a", Name: "A"}},
		`{"candidates":[{"customer":"a"},{"customer":"a","name":"B"}]}`: {{Customer: "a"}},
	} {
		got, err := parseAnswer([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		`[]`, `{"candidates":{}}`, `{"candidates":[{"name":"A"}]}`, `<html>`,
		`{"candidates":[{"customer":"` + strings.Repeat("x", maxField+1) + `"}]}`,
	} {
		_, err := parseAnswer([]byte(text))
		require.ErrorIs(t, err, errAnswer, text)
	}
	many := `{"candidates":[` + strings.TrimSuffix(strings.Repeat(`{"customer":"N"},`, 12), ",") + `]}`
	for strings.Contains(many, "N") {
		many = strings.Replace(many, "N", strings.Repeat("n", 1+strings.Count(many, "N")), 1)
	}
	got, err := parseAnswer([]byte(many))
	require.NoError(t, err)
	require.Len(t, got, maxCandidates)
}

func TestAnswersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache()
		q := question{"u", "north", "+1"}
		c.put(q, []Ref{{Customer: "a"}}, time.Now().Add(time.Minute))
		time.Sleep(59 * time.Second)
		refs, ok := c.get(q, time.Now())
		require.True(t, ok)
		require.Len(t, refs, 1)
		_, ok = c.get(question{"u", "south", "+1"}, time.Now())
		require.False(t, ok, "another tenant asks for itself")
		time.Sleep(time.Second)
		_, ok = c.get(q, time.Now())
		require.False(t, ok)
		for i := range 3 * maxCached {
			c.put(question{"u", "north", strings.Repeat("1", i%50) + string(rune(i))}, nil, time.Now())
		}
		require.LessOrEqual(t, len(c.hot)+len(c.old), 2*maxCached)
	})
}
