package config

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Diff names what a file would change in the configuration in force, e.g. "queues[support] changed"; nothing where
// both say the same. Secrets are compared but never shown. Versions do not count.
func Diff(inForce, file *cc.Center) []string {
	var out []string
	head := func(c *cc.Center) *cc.Center {
		return &cc.Center{
			Company: c.GetCompany(), CompanyName: c.GetCompanyName(), SipRealm: c.GetSipRealm(),
			SipAllowMd5: c.GetSipAllowMd5(), SipMd5Only: c.GetSipMd5Only(), Region: c.GetRegion(),
		}
	}
	if !proto.Equal(head(inForce), head(file)) {
		out = append(out, "company changed")
	}
	out = diffList(out, "tenants", inForce.GetTenants(), file.GetTenants(), (*cc.Tenant).GetId)
	out = diffList(out, "campaigns", inForce.GetCampaigns(), file.GetCampaigns(), (*cc.Campaign).GetId)
	out = diffList(out, "numbers", inForce.GetNumbers(), file.GetNumbers(), numberEntry)
	out = diffList(out, "workflows", inForce.GetWorkflows(), file.GetWorkflows(), (*cc.Workflow).GetId)
	out = diffList(out, "queues", inForce.GetQueues(), file.GetQueues(), (*cc.Queue).GetId)
	out = diffList(out, "agents", inForce.GetAgents(), file.GetAgents(), (*cc.Agent).GetId)
	out = diffList(out, "reasons", inForce.GetReasons(), file.GetReasons(), (*cc.CallReason).GetId)
	out = diffList(out, "trunks", inForce.GetTrunks(), file.GetTrunks(), (*cc.Trunk).GetId)
	out = diffList(out, "webhooks", inForce.GetWebhooks(), file.GetWebhooks(), (*cc.Webhook).GetId)
	if !proto.Equal(inForce.GetLookup(), file.GetLookup()) {
		out = append(out, "lookup changed")
	}
	return out
}

// numberEntry names one entry of a number.
func numberEntry(n *cc.Number) string {
	if n.FromMs == 0 {
		return n.E164
	}
	return n.E164 + " from " + time.UnixMilli(n.FromMs).UTC().Format(time.RFC3339)
}

func diffList[T proto.Message](out []string, list string, was, is []T, id func(T) string) []string {
	old := make(map[string]T, len(was))
	for _, x := range was {
		old[id(x)] = x
	}
	order := make([]string, 0, len(is)) // ids in both, in the order of the file
	for _, x := range is {
		before, ok := old[id(x)]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%s[%s] added", list, id(x)))
			continue
		case !proto.Equal(before, x):
			out = append(out, fmt.Sprintf("%s[%s] changed", list, id(x)))
		}
		order = append(order, id(x))
	}
	kept := make(map[string]bool, len(order))
	for _, k := range order {
		kept[k] = true
	}
	orderWas := make([]string, 0, len(order))
	for _, x := range was {
		if kept[id(x)] {
			orderWas = append(orderWas, id(x))
		} else {
			out = append(out, fmt.Sprintf("%s[%s] removed", list, id(x)))
		}
	}
	if !slices.Equal(order, orderWas) {
		out = append(out, list+" in another order")
	}
	return out
}
