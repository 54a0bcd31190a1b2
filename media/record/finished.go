package record

// Gap is a stretch of one channel for which there is no audio though there should be.
type Gap struct {
	Channel    int    `json:"channel"`  // 0 caller (left), 1 agent (right), -1 both
	StartMs    int64  `json:"start_ms"` // from the start of the file
	DurationMs int64  `json:"duration_ms"`
	Reason     string `json:"reason"` // loss | no_rtp | dropped | restart
}

// Pause is a stretch that was not recorded on purpose; the file holds silence of the same length.
type Pause struct {
	StartMs    int64 `json:"start_ms"`
	DurationMs int64 `json:"duration_ms"`
}

// Finished is a recording whose file is durable, its manifest in it.
type Finished struct {
	ID         string
	Path       string // WAV file; its manifest is its last chunk (ReadManifest)
	Bytes      int64  // of the file
	StartMs    int64  // cluster time of the first sample
	DurationMs int64
	SHA256     string // hex, of the samples: the body of the data chunk
	Gaps       []Gap  // at most MaxGaps, in order of start
	Pauses     []Pause
	Segments   int
	Packets    uint64
	Lost       uint64
	Truncated  bool // it was never stopped: the end is the last packet known (R62)
}

// MaxGaps bounds the gaps listed for one recording; more are only counted.
const MaxGaps = 1000
