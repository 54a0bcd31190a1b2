package number

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestE164(t *testing.T) {
	for _, c := range []struct{ text, region, want string }{
		{"+13125550100", "", "+13125550100"},
		{"tel:+1-312-555-0100", "", "+13125550100"},
		{"(312) 555-0100", "US", "+13125550100"},
		{"1 312 555 0100", "US", "+13125550100"},
		{"020 7946 0018", "GB", "+442079460018"},
		{"00442079460018", "DE", "+442079460018"},
	} {
		got, err := E164(c.text, c.region)
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got)
	}
	for _, text := range []string{"", "13125550100", "anonymous", "+", "+1", "101", "+1312555010x5", strings.Repeat("1", 65)} {
		_, err := E164(text, "")
		require.ErrorIs(t, err, ErrNumber, text)
	}
}

// R5, R101: whatever spelling a trunk uses, numbers of the inventory and of the lists of callers are met.
func TestOnWire(t *testing.T) {
	for _, c := range []struct{ user, region, want string }{
		{"+13125550178", "US", "+13125550178"},
		{"3125550178", "US", "+13125550178"},
		{"13125550178", "US", "+13125550178"},
		{"(312) 555-0178", "US", "+13125550178"},
		{"+1 (312) 555-0178", "", "+13125550178"},
		{"3125550178;npdi", "US", "+13125550178"},
		{"011442079460018", "US", "+442079460018"},
		{"442079460018", "US", "+442079460018"},
		{"4930123456", "US", "+4930123456"}, // ten digits, but no area code of the US
		{"02079460018", "GB", "+442079460018"},
		{"442079460018", "GB", "+442079460018"},
		{"13125550178", "", "+13125550178"},
		{"3125550178", "", "+3125550178"},
		{"+15551234", "US", "+15551234"}, // with + as it came
		{"101", "US", "101"},
		{"911", "US", "911"},
		{"anonymous", "US", "anonymous"},
		{"alice.7", "US", "alice.7"},
		{"", "US", ""},
		{strings.Repeat("1", 100), "US", strings.Repeat("1", 100)},
	} {
		require.Equal(t, c.want, OnWire(c.user, c.region), "%s in %q", c.user, c.region)
	}
}

func FuzzOnWire(f *testing.F) {
	f.Add("3125550178", "US")
	f.Add("+1 312", "")
	f.Fuzz(func(t *testing.T, user, region string) {
		once := OnWire(user, region)
		if strings.HasPrefix(once, "+") {
			require.Equal(t, once, OnWire(once, region), "a number in its one form stays")
		}
	})
}

func BenchmarkOnWire(b *testing.B) {
	for _, user := range []string{"+13125550178", "3125550178", "442079460018"} {
		b.Run(user, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				OnWire(user, "US")
			}
		})
	}
}
