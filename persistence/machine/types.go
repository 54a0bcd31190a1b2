package machine

// ShardID names a shard, the unit of placement. 0 to HashShards-1 are hash shards, larger ones are home shards.
type ShardID uint32

// HashShards is the number of hash shards: companies with their queues and agents are dealt over them by xxhash.
const HashShards = 256

// Append is one atomic change: records at the end of a stream, a snapshot of it, and key/values of the index.
type Append struct {
	Shard ShardID
	Epoch uint64 // of the shard as its owner knows it; any other than the table's is refused with StaleEpoch

	Stream string // 1 to MaxStreamName bytes without NUL; "" for index operations only
	Expect uint64 // the stream's version (its count of records) before this append; ignored without a stream

	// Incarnation and Seq are the append's id. Seq grows by one with each append of an incarnation to a stream and
	// starts at 1; 0 switches deduplication off. A repeated id gives the first result again and changes nothing. One above
	// 1 is taken only right after its predecessor: it rests on that, not on whatever else the stream has got to.
	Incarnation, Seq uint64

	Records  [][]byte  // opaque, each its own stream version
	Index    []IndexOp // in order; idempotent by nature
	Requires []Require // all must hold, else RequireFailed

	Snapshot []byte // the state as of Expect+len(Records); replaces the stream's former snapshot; nil for none
	Compact  bool   // delete the stream's records below its newest snapshot (that of this append included)

	// Lazy says that nobody waits for this append: the journal may hold it back for a moment, so that it shares the
	// sync of the next that somebody waits for. Not part of the entry.
	Lazy bool
}

// IndexOp writes or deletes one key of the replicated index.
type IndexOp struct {
	Key    []byte // 1 to MaxKey bytes
	Value  []byte
	Delete bool
}

// Require asks for a stream to have at least this version, written by this incarnation: what the append rests on is
// then in the journal before it. The version alone would not do: an append that was lost with its writer leaves its
// version to another event. Incarnation 0: whoever wrote it.
type Require struct {
	Stream      string
	Version     uint64
	Incarnation uint64
}

// Status says how an append ended.
type Status uint8

// The three outcomes of an append.
const (
	OK      Status = 1 // committed and applied
	Refused Status = 2 // definitely without effect, for the Reason given
	Unknown Status = 3 // it may or may not be committed: repeat it with the same id, in order
)

// Reason says why an append was refused.
type Reason uint8

// Reasons of refusal. The first group is decided by replicated state, the second by the node that was asked.
const (
	NoReason        Reason = 0
	StaleEpoch      Reason = 1 // the shard has another epoch: it has another owner now, or the caller lags
	VersionConflict Reason = 2 // the stream is not at Expect, or its last append is not the one before this
	RequireFailed   Reason = 3 // a required stream has not reached the version required, or another wrote that version
	UnknownShard    Reason = 4 // the shard table has no such shard
	TooLarge        Reason = 5 // over one of the Max limits of this package
	Damaged         Reason = 9 // this or a required stream cannot be read (Unreadable)

	Overloaded Reason = 6 // the journal's queue is full: nothing was queued
	Closed     Reason = 7 // the journal is closing: nothing was queued
	Malformed  Reason = 8 // NUL in a stream name, an empty key, records without a stream
)

// Result is the outcome of an append. Index, Version and TimeMs are set when Status is OK.
type Result struct {
	Status  Status
	Reason  Reason
	Index   uint64 // number of this append in the journal: the same on every node, unique, growing by one per effect
	Version uint64 // the stream's version after the append
	TimeMs  int64  // cluster time of the entry, milliseconds since the Unix epoch
}

// Change is what one append or shard command did. Slices must not be written to.
type Change struct {
	Index        uint64
	TimeMs       int64
	Shard        ShardID
	Stream       string
	FirstVersion uint64   // version of Records[0]: the stream's version right after it
	Records      [][]byte // nil with Compacted
	Ops          []IndexOp
	Shards       []ShardRow // rows of the shard table as changed
	Compacted    bool       // read from the feed: the records are gone (compacted) or cannot be read
}

// Record is one record of a stream.
type Record struct {
	Version uint64 // 1 for a stream's first record
	Index   uint64 // of the append that brought it
	TimeMs  int64
	Data    []byte

	incarnation, seq uint64 // id of the append that brought it; seq 0: none
}

// ShardRow is one row of the shard table.
type ShardRow struct {
	Shard       ShardID
	Node        uint64 // 0: nobody
	Incarnation uint64 // of the node
	Epoch       uint64 // grows with every change of owner
	BornNode    uint64 // home shards: the node it was created for
	Born        uint64 // home shards: the node's incarnation it was created for
}

// ShardOp is a kind of shard command.
type ShardOp uint8

// Shard commands. Each is idempotent: repeating it changes nothing and gives the same rows.
const (
	ClaimHash  ShardOp = 1 // Node's Incarnation takes all hash shards; epoch+1 where the owner changes
	CreateHome ShardOp = 2 // create the home shard of Node's Incarnation, with epoch 1
	MoveFormer ShardOp = 3 // all shards of earlier incarnations of Node go to Incarnation; epoch+1
)

// ShardCommand changes the shard table.
type ShardCommand struct {
	Op          ShardOp
	Node        uint64 // not 0
	Incarnation uint64 // not 0; later incarnations of a node are larger
}

// Limits of one append. The journal refuses larger ones with TooLarge before they are proposed.
const (
	MaxStreamName = 255       // bytes
	MaxKey        = 1024      // bytes
	MaxAppend     = 1 << 20   // bytes, all parts together
	MaxParts      = 4096      // records, index operations and requires, each
	MaxEntry      = 16 << 20  // bytes of one entry, which carries many appends
	MaxShards     = 1_000_000 // rows of the shard table; CreateHome is refused with TooLarge beyond
)
