package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	cc "github.com/wirechief/wirechief/callcenter"
)

func parseCenter(t *testing.T, text string) *Center {
	t.Helper()
	f, err := Parse("center.yml", []byte(text))
	require.NoError(t, err)
	require.NotNil(t, f.Center)
	return f.Center
}

const small = `company: {id: acme, name: Acme, region: US}
tenants: [{id: main, name: Acme, blocked_callers: [(312) 555-0198]}]
numbers:
  - {number: (312) 555-0100, tenant: main, workflow: day, connect: on_queue}
  - {number: 312 555 0101, role: forwarding}
workflows: [{id: day, steps: [{queue: desk}]}]
queues: [{id: desk, name: Desk, tenants: [main]}]
agents:
  - id: amy
    name: Amy
    login: amy
    password: long-enough
    tenants: [main]
    queues: [desk]
    sip_user: amy
    sip_secret: a-secret-of-20-octets
    wrapup: {mode: none}
trunks: [{id: carrier, sources: [192.0.2.1, 198.51.100.0/24]}]
`

// The defaults of R24, R25, R31, R32, R49, R66, R69, R81, R82, R94 and R102, where a file is silent.
func TestR102DefaultsAreFilledIn(t *testing.T) {
	c, err := parseCenter(t, small).Build(nil)
	require.NoError(t, err)
	want := &cc.Queue{
		Id: "desk", Name: "Desk", Tenants: []string{"main"}, Strategy: "longest_idle", Audience: "external",
		Offer: &cc.OfferPolicy{
			RingTimeoutMs: 30_000, ConnectTimeoutMs: 10_000, CooldownMs: 10_000, MaxMisses: 1, ReofferAfterMs: 10_000,
			BusySkipMs: 10_000,
		},
		MaxWaitMs: 1_800_000, MaxSize: 1000, OfferDuringOutbound: true, ServiceLevelMs: 20_000, RedialWindowMs: 120_000,
		PreferredWindowMs: 20_000, RingAllMax: 10, PriorityStepMs: 300_000,
	}
	require.True(t, proto.Equal(want, c.Queues[0]), "%v", c.Queues[0])
	none := cc.WrapUpMode_WRAPUP_NONE
	wrapup := &cc.WrapUp{
		Mode: none, LengthMs: 30_000, MaxMs: 600_000, Extensions: 2, ExtensionMs: 60_000,
		Clock: cc.WrapUpClock_WRAPUP_CLOCK_WHEN_FREE,
	}
	require.Equal(t, int32(3), c.Agents[0].MaxOtherCalls)
	require.True(t, proto.Equal(wrapup, c.Tenants[0].Wrapup), "%v", c.Tenants[0])
	require.Equal(t, int64(60_000), c.Tenants[0].LeadThresholdMs)
	require.True(t, c.Tenants[0].Record)
	require.Equal(t, none, c.Agents[0].Wrapup.Mode, "an agent's `none` is an override, not a silence")
	require.Equal(t, cc.AnswerOn_ON_PHONE, c.Agents[0].AnswerOn)
	require.Equal(t, int64(6000), c.Numbers[0].ConnectAfterMs)
}

func TestBuildNormalises(t *testing.T) {
	c, err := parseCenter(t, small).Build(nil)
	require.NoError(t, err)
	require.Equal(t, "+13125550100", c.Numbers[0].E164)
	require.Equal(t, cc.NumberRole_TRACKING, c.Numbers[0].Role)
	require.Equal(t, cc.ConnectMode_ON_QUEUE, c.Numbers[0].Connect)
	require.Equal(t, cc.NumberRole_FORWARDING, c.Numbers[1].Role)
	require.Equal(t, []string{"+13125550198"}, c.Tenants[0].BlockedCallers)
	require.Equal(t, []string{"192.0.2.1/32", "198.51.100.0/24"}, c.Trunks[0].Sources)
	require.NotEmpty(t, c.Agents[0].SipHa1Sha256)
	require.Empty(t, c.Agents[0].SipHa1Md5, "MD5 is not stored where it is not allowed")
	require.False(t, c.SipMd5Only)
}

// company.md5_only reaches the journal, and a file that changes it is reported.
func TestBuildMD5Only(t *testing.T) {
	allowed := strings.Replace(small, "region: US", "region: US, allow_md5: true", 1)
	was, err := parseCenter(t, allowed).Build(nil)
	require.NoError(t, err)
	require.True(t, was.SipAllowMd5)
	require.False(t, was.SipMd5Only, "the strongest is offered (RFC 8760)")
	first := strings.Replace(allowed, "allow_md5: true", "allow_md5: true, md5_only: true", 1)
	is, err := parseCenter(t, first).Build(was)
	require.NoError(t, err)
	require.True(t, is.SipMd5Only)
	require.Equal(t, []string{"company changed"}, Diff(was, is))
}

// An unchanged file makes no difference, although each hash has its own salt.
func TestDiff(t *testing.T) {
	first, err := parseCenter(t, small).Build(nil)
	require.NoError(t, err)
	first.Version = 7
	same, err := parseCenter(t, small).Build(first)
	require.NoError(t, err)
	require.Empty(t, Diff(first, same))
	salted, err := parseCenter(t, small).Build(nil)
	require.NoError(t, err)
	require.Equal(t, []string{"agents[amy] changed"}, Diff(first, salted))

	changed := strings.NewReplacer(
		"password: long-enough", "password: another-one",
		"name: Desk, tenants: [main]}", "name: Desk, tenants: [main], ring_timeout_ms: 20000}, {id: two, name: Two, tenants: [main]}",
		"region: US", "region: US, allow_md5: true",
		"  - {number: 312 555 0101, role: forwarding}\n", "",
	).Replace(small)
	next, err := parseCenter(t, changed).Build(first)
	require.NoError(t, err)
	require.Equal(t, []string{
		"company changed", "numbers[+13125550101] removed", "queues[desk] changed", "queues[two] added", "agents[amy] changed",
	}, Diff(first, next))

	swapped := proto.Clone(first).(*cc.Center)
	swapped.Numbers[0], swapped.Numbers[1] = swapped.Numbers[1], swapped.Numbers[0]
	require.Equal(t, []string{"numbers in another order"}, Diff(first, swapped))
}

// DESIGN 3: a number that says nothing connects its callers as on_agent does.
func TestNumbersConnectOnAgent(t *testing.T) {
	c, err := parseCenter(t, strings.Replace(small, ", connect: on_queue", "", 1)).Build(nil)
	require.NoError(t, err)
	require.Equal(t, cc.ConnectMode_ON_AGENT, c.Numbers[0].Connect)
	require.Equal(t, int64(6000), c.Numbers[0].ConnectAfterMs)
	_, err = Parse("center.yml", []byte(strings.Replace(small, "connect: on_queue", "connect: auto", 1)))
	require.ErrorContains(t, err, "numbers[0].connect: ")
}

// R1: a number that changes at a time has a further entry; two for one time, or of two roles, are refused.
func TestR1DatedNumbers(t *testing.T) {
	second := func(more string) string {
		return strings.Replace(small, "  - {number: 312 555 0101", "  - {number: \"+13125550100\", tenant: main, workflow: day"+more+
			"}\n  - {number: 312 555 0101", 1)
	}
	c, err := parseCenter(t, second(", from: 2026-12-01T00:00:00-06:00")).Build(nil)
	require.NoError(t, err)
	from := time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC).UnixMilli()
	require.Equal(t, from, c.Numbers[1].FromMs)
	was, err := parseCenter(t, small).Build(nil)
	require.NoError(t, err)
	diff := Diff(was, c)
	require.Contains(t, diff, "numbers[+13125550100 from 2026-12-01T06:00:00Z] added")
	require.NotContains(t, diff, "numbers[+13125550100] changed")
	again := ", from: 2026-12-01T06:00:00Z}\n  - {number: \"+13125550100\", tenant: main, workflow: day"
	for more, want := range map[string]string{
		"":                   "+13125550100 is taken by numbers[0]",
		", from: 2026-12-01": "numbers[1].from: must be a time with zone",
		", from: 2026-12-01T00:00:00Z, role: shared": "cannot be shared and tracking",
		again + ", from: 2026-12-01T00:00:00-06:00":  "is taken by numbers[1]",
	} {
		_, err := Parse("center.yml", []byte(second(more)))
		require.ErrorContains(t, err, want, more)
	}
}

// A file with plain secrets that others can read is named; one with hashes alone is not.
func TestLoadWarnsOfReadableSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "center.yml")
	require.NoError(t, os.WriteFile(path, []byte(small), 0o644))
	f, err := Load(path)
	require.NoError(t, err)
	require.Contains(t, f.Warnings.Error(), "chmod 600")
	require.NoError(t, os.Chmod(path, 0o600))
	f, err = Load(path)
	require.NoError(t, err)
	require.NotContains(t, f.Warnings.Error(), "chmod 600")
	_, err = Load(path + ".none")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A mistake never shows a secret.
func TestMessagesHoldNoSecrets(t *testing.T) {
	_, err := Parse("c.yml", []byte(strings.NewReplacer("long-enough", `"hush\u0007hush"`,
		"a-secret-of-20-octets", `"quiet\u0007quiet"`).Replace(small)))
	require.Error(t, err)
	require.Contains(t, err.Error(), "agents[0].password")
	require.Contains(t, err.Error(), "agents[0].sip_secret")
	require.NotContains(t, err.Error(), "hush")
	require.NotContains(t, err.Error(), "quiet")
}

func TestLimits(t *testing.T) {
	_, err := Parse("big.yml", make([]byte, maxFileBytes+1))
	require.EqualError(t, err, "big.yml:1: is larger than 33554432 octets")
	var b strings.Builder
	b.WriteString("company: {id: a, name: A}\ntenants: [{id: t, name: T}]\nqueues:\n")
	for range maxProblems + 50 {
		b.WriteString("  - {id: q, name: Q, tenants: [t]}\n")
	}
	_, err = Parse("many.yml", []byte(b.String()))
	require.Contains(t, err.Error(), "\nand 49 more")
	var all Problems
	require.ErrorAs(t, err, &all)
	require.Len(t, all, maxProblems+49)
}

// A list of aliases to a list of aliases stays cheap.
func TestAliasBombIsRefused(t *testing.T) {
	bomb := "x: &x [" + strings.Repeat("a,", 999) + "]\nqueues:\n  - &q {id: q, name: Q, tenants: *x}\n" +
		strings.Repeat("  - *q\n", 1000)
	_, err := parse("bomb.yml", []byte(bomb), 100_000)
	require.EqualError(t, err, "bomb.yml:1: has more than 100000 values, aliases followed")
}

// Whatever comes in, Parse answers, and what it takes can be built again and again alike.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yml")
	require.NoError(f, err)
	for _, path := range files {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("a: &a [*a]\ncompany: *a"))
	f.Add([]byte("company: &c {id: a, name: A}\ntenants: &t [*c, *c]\nqueues: *t"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("f.yml", data)
		if err != nil {
			require.Nil(t, file)
			require.NotEmpty(t, err.Error())
			return
		}
		_, _, err = file.Settings(nil, nil)
		require.NoError(t, err, "a file without mistakes gives settings without mistakes")
		if file.Center == nil {
			return
		}
		for i := range file.Center.Agents {
			file.Center.Agents[i].Password = "" // hashing is slow
		}
		one, err := file.Center.Build(nil)
		require.NoError(t, err)
		two, err := file.Center.Build(one)
		require.NoError(t, err)
		require.Empty(t, Diff(one, two))
	})
}
