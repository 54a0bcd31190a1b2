package whatif_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/sim"
	"github.com/wirechief/wirechief/sim/whatif"
)

// day is the journal of two simulated hours of a busy center, without faults.
var day = sync.OnceValue(func() machine.Reader {
	var j machine.Reader
	p := sim.NewPlan(3, sim.Size{Agents: 12, Queues: 2, Tenants: 2, Nodes: 1, LoadS: 7200, PerHour: 22})
	if f := sim.Run(p, sim.Options{Journal: func(r machine.Reader) { j = r }}).Failure; f != nil {
		panic(f)
	}
	return j
})

// center is the configuration in force.
func center(t *testing.T) *cc.Center {
	t.Helper()
	v, ok, err := machine.Get(day(), []byte("cfg/center"))
	require.NoError(t, err)
	require.True(t, ok)
	c := &cc.Center{}
	require.NoError(t, c.UnmarshalVT(v))
	return c
}

func run(t *testing.T, c *cc.Center, patience string) whatif.Result {
	t.Helper()
	p, err := whatif.ParsePatience(patience)
	require.NoError(t, err)
	r, err := whatif.Run(day(), whatif.Options{Center: c, Patience: p, Seed: 1})
	require.NoError(t, err)
	return r
}

// The same configuration gives figures close to what was: what is left of a difference is the model's own error.
func TestSameConfigurationIsCloseToWhatWas(t *testing.T) {
	r := run(t, center(t), "km")
	require.Greater(t, r.Actual.Offered, 400)
	require.Greater(t, r.Actual.Abandoned, 50)
	require.InDelta(t, r.Actual.Offered, r.Baseline.Offered, 15)
	require.InDelta(t, r.Actual.ServiceLevel, r.Baseline.ServiceLevel, 0.08)
	require.InDelta(t, r.Actual.AbandonRate, r.Baseline.AbandonRate, 0.06)
	require.InEpsilon(t, r.Actual.WaitMs, r.Baseline.WaitMs, 0.25)
	require.InDelta(t, r.Actual.Occupancy, r.Baseline.Occupancy, 0.05)
	require.Equal(t, r.Baseline.Figures, r.Changed.Figures)
	require.Zero(t, r.Changed.Moved.Other)
	require.Positive(t, r.Changed.Moved.Same)

	again := run(t, center(t), "km")
	require.Equal(t, r, again, "the same seed gives the same")
}

// Twice the agents: who waits waits less, and there is less to do for each.
func TestTwiceTheAgents(t *testing.T) {
	c := center(t)
	for _, a := range center(t).Agents {
		a.Id, a.Login = a.Id+"b", a.Login+"b"
		c.Agents = append(c.Agents, a)
	}
	r := run(t, c, "km")
	require.Greater(t, r.Changed.ServiceLevel, r.Baseline.ServiceLevel+0.2)
	require.Less(t, r.Changed.AbandonRate, r.Baseline.AbandonRate/2)
	require.Less(t, r.Changed.WaitMs, r.Baseline.WaitMs*2/3)
	require.Less(t, r.Changed.Occupancy, r.Baseline.Occupancy)
	require.Greater(t, r.Changed.Hands.Other, 100)
	require.Greater(t, r.Changed.Moved.Other, r.Changed.Moved.Same)
}

// Without wrap-up agents are back sooner, with a long one later. The day's own is of 5 s, too short to show in the
// average wait: who is answered because of it had waited long.
func TestNoWrapUp(t *testing.T) {
	with := func(w *cc.WrapUp) whatif.Result {
		c := center(t)
		for _, q := range c.Queues {
			q.Offer.Wrapup = w
		}
		return run(t, c, "km")
	}
	none := with(&cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_NONE})
	long := with(&cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_TIMED, LengthMs: 30_000, MaxMs: 30_000})
	was := none.Baseline
	require.Equal(t, was.Figures, long.Baseline.Figures)
	require.Greater(t, none.Changed.ServiceLevel, was.ServiceLevel)
	require.Greater(t, was.ServiceLevel, long.Changed.ServiceLevel)
	require.Less(t, none.Changed.AbandonRate, was.AbandonRate)
	require.Less(t, was.AbandonRate, long.Changed.AbandonRate)
	require.Less(t, none.Changed.WaitMs, long.Changed.WaitMs)
}

func TestConfigurationsThatFitLess(t *testing.T) {
	c := center(t)
	c.Numbers = c.Numbers[1:]
	r := run(t, c, "km")
	require.Positive(t, r.Changed.Refused, "callers of a number that is no longer there")
	require.Less(t, r.Changed.Offered, r.Baseline.Offered)

	c = center(t)
	c.Agents = nil
	r = run(t, c, "exponential")
	require.Zero(t, r.Changed.Answered)
	require.Positive(t, r.Changed.Hands.Lost)

	c.Company = "another"
	_, err := whatif.Run(day(), whatif.Options{Center: c})
	require.ErrorContains(t, err, `the journal is of company "acme"`)
	_, err = whatif.Run(machine.NewMem(), whatif.Options{Center: c})
	require.ErrorContains(t, err, "no configuration")
	_, err = whatif.Run(day(), whatif.Options{Center: center(t), From: 1 << 40})
	require.ErrorContains(t, err, "no calls")
}

// Each model says what it is; the impatient give up more.
func TestPatienceModels(t *testing.T) {
	rates := map[string]float64{}
	for model, says := range map[string]string{
		"km":              "Kaplan-Meier over the waits (",
		"":                "Kaplan-Meier over the waits (",
		"exponential":     ", estimated, beyond what each has waited",
		"exponential:20s": "exponential with mean 20 s, given",
		"exponential:10m": "exponential with mean 600 s, given",
		"constant:15s":    "constant 15 s, given; who gave up keeps what they showed",
	} {
		c := center(t)
		c.Agents = c.Agents[:len(c.Agents)/2]
		r := run(t, c, model)
		require.Contains(t, r.Patience, says)
		rates[model] = r.Changed.AbandonRate
	}
	require.Equal(t, rates["km"], rates[""])
	require.Greater(t, rates["exponential:20s"], rates["exponential:10m"])
	for _, bad := range []string{"constant", "km:3s", "exponential:soon", "constant:-1s", "saint"} {
		_, err := whatif.ParsePatience(bad)
		require.ErrorContains(t, err, "a patience model is")
	}
}

func TestWrite(t *testing.T) {
	r := run(t, center(t), "km")
	var b bytes.Buffer
	r.Write(&b)
	for _, line := range []string{
		"actual", "same configuration, simulated", "service level", "average wait", "occupancy", "patience: Kaplan-Meier",
		"queue1: average wait", "0 change hands",
	} {
		require.Contains(t, b.String(), line)
	}
}
