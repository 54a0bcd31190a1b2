package record

import (
	"path/filepath"
	"sort"
)

// SegmentEntry is one segment of a recording: what was recorded between two restarts of the process.
type SegmentEntry struct {
	Segment int   `json:"segment"`
	StartMs int64 `json:"start_ms"` // cluster time
	EndMs   int64 `json:"end_ms"`   // cluster time; the next segment's start counts the gap between as part of this one
}

// Manifest is the last chunk of a recording's WAV file, as JSON (wav.go).
type Manifest struct {
	Version    int               `json:"version"` // 1
	ID         string            `json:"id"`
	StartMs    int64             `json:"start_ms"` // cluster time of the first sample
	DurationMs int64             `json:"duration_ms"`
	Channels   []string          `json:"channels"` // speaker of the left and of the right channel
	Segments   []SegmentEntry    `json:"segments"`
	Gaps       []Gap             `json:"gaps"`
	GapsMore   int               `json:"gaps_more,omitempty"` // beyond MaxGaps
	Pauses     []Pause           `json:"pauses"`
	Packets    uint64            `json:"packets"`
	Lost       uint64            `json:"lost"`
	Dropped    uint64            `json:"dropped"` // not recorded though received: the disk could not keep up
	Truncated  string            `json:"truncated,omitempty"`
	File       string            `json:"file"`
	Bytes      int64             `json:"bytes"`  // of the body of the data chunk: the samples
	SHA256     string            `json:"sha256"` // hex, of the same
	FileBytes  int64             `json:"-"`      // of the whole file
	Labels     map[string]string `json:"labels,omitempty"`
}

// truncatedNodeLost marks a recording that was never stopped (R62).
const truncatedNodeLost = "node_lost"

// manifest is what rendering found; the file's own figures are added when it is written.
func (res *result) manifest(file string) *Manifest {
	sort.SliceStable(res.gaps, func(i, j int) bool { return res.gaps[i].StartMs < res.gaps[j].StartMs })
	m := &Manifest{
		Version: 1, ID: res.opening.ID, StartMs: res.opening.StartMs, DurationMs: res.endMs - res.opening.StartMs,
		Channels: []string{"caller", "agent"}, Segments: res.segments, Gaps: res.gaps, GapsMore: res.gapsMore,
		Pauses: res.pauses, Packets: res.packets, Lost: res.lost, Dropped: res.dropped,
		File: file, Labels: res.opening.Labels,
	}
	if m.Gaps == nil {
		m.Gaps = []Gap{}
	}
	if m.Pauses == nil {
		m.Pauses = []Pause{}
	}
	if !res.stopped {
		m.Truncated = truncatedNodeLost
	}
	return m
}

// Finished is the manifest as an event; dir is where the file lies.
func (m *Manifest) Finished(dir string) Finished {
	return Finished{
		ID: m.ID, Path: filepath.Join(dir, m.File), Bytes: m.FileBytes, StartMs: m.StartMs, DurationMs: m.DurationMs,
		SHA256: m.SHA256, Gaps: m.Gaps, Pauses: m.Pauses, Segments: len(m.Segments), Packets: m.Packets, Lost: m.Lost,
		Truncated: m.Truncated != "",
	}
}
