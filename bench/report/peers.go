package report

// PeersSource says where the peers' figures come from. They are not run here.
const PeersSource = "docs/benchmarks/README.md: measured November 2026 on this machine class, server on one core, " +
	"load on the other, UDP, no music, databases in memory, nothing durable"

// peer is one figure of both peers beside ours.
type peer struct{ freeswitch, asterisk string }

// FreeSWITCH 1.11.2 with mod_callcenter, Asterisk 20.20.1 with app_queue and chan_pjsip.
var peers = map[string]peer{
	"ring":    {"76 / 124 ms", "1.1 / 3.4 ms"},
	"ring1k":  {"85 / 127 ms", "2.0 / 10 ms"},
	"reoffer": {"719 / 1205 ms", "483 / 1323 ms"},
	"rate":    {"54 calls/s", "150 calls/s"},
	"cpu":     {"16-19 ms", "4.6-6.4 ms"},
	"waiting": {"504-546 KiB", "166-192 KiB"},
	"bridged": {"925 KiB", "367-397 KiB"},
}
