package sim

import (
	"os"
	"regexp"
	"sort"
	"strconv"
	"testing"
)

// SIM_SEEDS=1000 go test -run TestExplore -v ./sim lists how seeds fail, alike ones together.
func TestExplore(t *testing.T) {
	n, _ := strconv.ParseUint(os.Getenv("SIM_SEEDS"), 10, 64)
	from, _ := strconv.ParseUint(os.Getenv("SIM_FROM"), 10, 64)
	if n == 0 {
		t.Skip("SIM_SEEDS names no count")
	}
	ids := regexp.MustCompile(`[0-9a-f]+-[0-9a-f.]+|of-[0-9a-f.]+|rec-[0-9a-f]+|[0-9]+`)
	groups, first := map[string]int{}, map[string]string{}
	var sum Counts
	for seed := from; seed < from+n; seed++ {
		r := Run(Tiny(seed), Options{})
		c := r.Counts
		sum.Calls += c.Calls
		sum.Answered += c.Answered
		sum.Abandoned += c.Abandoned
		sum.Offers += c.Offers
		sum.Missed += c.Missed
		sum.Rejected += c.Rejected
		sum.Failed += c.Failed
		sum.Takeovers += c.Takeovers
		sum.WrapUps += c.WrapUps
		sum.Pauses += c.Pauses
		sum.Swaps += c.Swaps
		sum.Records += c.Records
		sum.Restarts += c.Restarts
		sum.Grouped += c.Grouped
		sum.Resumed += c.Resumed
		sum.Shared += c.Shared
		sum.Released += c.Released
		sum.Passed += c.Passed
		sum.Moved += c.Moved
		if r.Failure == nil {
			continue
		}
		k := r.Failure.Invariant + " " + ids.ReplaceAllString(r.Failure.Text, "#")
		if len(k) > 150 {
			k = k[:150]
		}
		groups[k]++
		if first[k] == "" {
			first[k] = strconv.FormatUint(seed, 10) + ": " + r.Failure.String()
			if r.Failure.Invariant == "panic" {
				t.Log(r.Stack)
			}
		}
	}
	t.Logf("%+v", sum)
	var keys []string
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return groups[keys[i]] > groups[keys[j]] })
	for _, k := range keys {
		t.Logf("%5d %s\n      seed %.700s", groups[k], k, first[k])
	}
}
