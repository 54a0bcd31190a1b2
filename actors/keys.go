package actors

import (
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/pairing"
	"github.com/wirechief/wirechief/actors/seat"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Streams and index keys of the journal as this package uses it. Calls' own keys are in b2bua/seal.go.
const (
	agentPrefix  = seat.IndexPrefix  // a/<agent> -> AgentSummary
	configKey    = pairing.ConfigKey // -> Center
	recordPrefix = "rec/"            // rec/<recording> -> RecordingInfo
	recordTimes  = "rect/"           // rect/<started ms, inverted, 8 bytes big endian><recording>: the newest first
	regPrefix    = "reg/"            // reg/<aor> -> registrar.Record as JSON
	callStreams  = "call/"           // stream call/<id>
	agentStreams = "agent/"          // stream agent/<id>
	configStream = "config"          // one record a version: Center
)

// AgentPrefix and RecordingPrefix are where the API finds agents and recordings in a view.
const (
	AgentPrefix     = agentPrefix
	RecordingPrefix = recordPrefix
	SummaryPrefix   = b2bua.SummaryPrefix
	WaitingPrefix   = b2bua.WaitingPrefix
	ConfigKey       = configKey
	CallTimes       = b2bua.TimesPrefix
	NumberCalls     = b2bua.NumberPrefix
	RecordingTimes  = recordTimes
)

// CallStream names the stream of a call, AgentStream that of an agent.
func CallStream(id string) string  { return callStreams + id }
func AgentStream(id string) string { return agentStreams + id }

func callStream(id string) string { return callStreams + id }

// callID makes the id of a new call: its home shard in hex, then what the shell drew.
func callID(s machine.ShardID, unique string) string {
	return strconv.FormatUint(uint64(s), 16) + "-" + unique
}

func shardOfCall(id string) machine.ShardID {
	head, _, _ := strings.Cut(id, "-")
	s, err := strconv.ParseUint(head, 16, 32)
	if err != nil {
		return 0
	}
	return machine.ShardID(s)
}

// shardOfCompany: a company, its queues and its agents share one hash shard.
func shardOfCompany(id string) machine.ShardID {
	return machine.ShardID(xxhash.Sum64String(id) % machine.HashShards)
}

// identity is under which shard and epoch a stream is written by this process.
func (n *Node) identity(stream string, shard machine.ShardID) host.Identity {
	return host.Identity{Stream: stream, Shard: shard, Epoch: n.epochs[shard], Incarnation: n.actorIDs.Add(1)}
}

// reader is a view of the journal with a look-up that gives nil for what is not there.
type reader struct{ *persistence.View }

func (r reader) value(key string) []byte {
	v, ok := r.Get([]byte(key))
	if !ok {
		return nil
	}
	if v == nil {
		return []byte{}
	}
	return v
}

func (n *Node) reader() reader { return reader{n.journal.View()} }
