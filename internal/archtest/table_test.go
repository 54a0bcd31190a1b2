package archtest

// ours is the module path with a slash.
const ours = "github.com/wirechief/wirechief/"

// room says what the packages under a folder may import of ours, besides packages under the same folder. The first
// entry that fits a package counts.
type room struct {
	folder string
	may    []string // folders; "*" is everything but commands
	alone  bool     // not even packages under the same folder, unless named
}

// rooms is the table of docs/architecture.md: folders and who may call whom.
var rooms = []room{
	{folder: "cmd", may: []string{"*"}},
	{folder: "callcenter"},
	{folder: "queues", may: []string{"callcenter"}},
	{folder: "persistence/machine", alone: true},
	{folder: "persistence"},
	{folder: "actors/host", may: []string{"persistence/machine"}, alone: true},
	{folder: "actors", may: []string{"callcenter", "queues", "persistence", "sip", "media", "config/number"}},
	{folder: "sip/leg", may: []string{"sip/sdp", "sip/wire"}, alone: true},
	{folder: "sip/wire", alone: true},
	{folder: "sip/sdp", alone: true},
	{folder: "sip"},
	{folder: "media"},
	{folder: "config/secret", alone: true},
	{folder: "config/number", alone: true},
	{folder: "config", may: []string{"callcenter"}},
	{folder: "api", may: []string{"actors", "callcenter", "config/secret", "config/number", "persistence", "queues"}},
	{folder: "web"},
	{folder: "sim", may: []string{
		"callcenter", "queues", "actors/host", "actors/b2bua", "actors/seat", "actors/pairing", "actors/audit", "persistence/machine",
		"sip/leg",
	}},
	{folder: "bench", may: []string{"*"}},
	{folder: "tools"},
	{folder: "internal"},
}

// pure lists the folders whose code decides: no clock, chance, concurrency or I/O, so that a replay is byte-identical.
var pure = []string{
	"callcenter", "queues", "persistence/machine", "actors/host", "actors/b2bua", "actors/seat", "actors/pairing", "sip/leg", "sip/sdp", "sip/wire",
}

// pureMay is every import that pure code may have that is not ours. A list of the allowed catches what nobody thought
// of forbidding. Of package time it may have durations and calendars; the clock is refused by name.
var pureMay = []string{
	"bytes", "cmp", "container/heap", "container/list", "errors", "fmt", "iter", "maps", "math", "math/bits", "slices",
	"sort", "strconv", "strings", "time", "unicode", "unicode/utf8",
	"encoding", "encoding/base32", "encoding/base64", "encoding/binary", "encoding/hex", "encoding/json", "hash", "hash/crc32",
	"crypto/md5", "crypto/sha256", "crypto/subtle", // digests of SIP
	"net/netip", // addresses are values

	"github.com/cespare/xxhash/v2",
	"github.com/google/btree",          // ordered map in memory
	"github.com/klauspost/compress/s2", // blocks, not streams: bytes to bytes
	"github.com/emiago/sipgo/sip",      // messages and headers as values
	"google.golang.org/protobuf/encoding/protojson",
	"google.golang.org/protobuf/encoding/protowire",
	"google.golang.org/protobuf/proto",
	"google.golang.org/protobuf/reflect/protoreflect",
}

// clock lists what reads or awaits time: with a name of package time behind a dot.
var clock = map[string]bool{
	"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true, "Tick": true,
	"NewTimer": true, "NewTicker": true, "Local": true, "LoadLocation": true,
}
