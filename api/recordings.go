package api

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
)

// Recording is a finished recording: stereo, caller left, agent right.
type Recording struct {
	ID         string    `json:"id"`
	Call       string    `json:"call"`
	Tenant     string    `json:"tenant"`
	Agent      string    `json:"agent,omitempty"`
	StartedAt  wire.Time `json:"started_at,omitempty" format:"date-time"`
	DurationMs int64     `json:"duration_ms"`
	Bytes      int64     `json:"bytes"`
	SHA256     string    `json:"sha256"`
	Gaps       int32     `json:"gaps" doc:"Stretches filled with silence"`
	Audio      string    `json:"audio" doc:"Path of the audio"`
}

type (
	recordingsIn struct {
		Tenant string    `query:"tenant"`
		Call   string    `query:"call"`
		From   time.Time `query:"from" doc:"Started at or after"`
		To     time.Time `query:"to" doc:"Started before"`
		Limit  int       `query:"limit" default:"50" minimum:"1" maximum:"200"`
		Cursor string    `query:"cursor" maxLength:"256"`
	}
	recordingsOut struct {
		Body struct {
			Recordings []*Recording `json:"recordings"`
			Next       string       `json:"next,omitempty"`
		}
	}
	recordingIn struct {
		ID string `path:"id" maxLength:"128"`
	}
	recordingOut struct{ Body *Recording }
)

func (s *Server) recordingOps(api huma.API) {
	get := http.MethodGet
	register(api, auth.RecordingsRead, get, "/v1/recordings", "list-recordings", "Recordings, newest first", s.recordings)
	register(api, auth.RecordingsRead, get, "/v1/recordings/{id}", "get-recording", "One recording", s.recording)
	register(api, auth.RecordingsListen, get, "/v1/recordings/{id}/audio", "get-recording-audio",
		"The audio as WAV, with range requests; every access is audited", s.audio)
}

// recordingOf joins a recording with its call; nil when the person may not see the call.
func (s *Server) recordingOf(v *persistence.View, p *auth.Principal, info *cc.RecordingInfo) *Recording {
	c := desk.Summary(v, info.Call)
	if c == nil || !desk.MayRead(viewer(p), c) {
		return nil
	}
	r := &Recording{
		ID: info.Recording, Call: info.Call, Tenant: c.Tenant, Agent: info.Agent, StartedAt: wire.At(info.StartedMs),
		DurationMs: info.DurationMs, Bytes: info.Bytes, SHA256: info.Sha256, Gaps: info.Gaps,
		Audio: "/v1/recordings/" + info.Recording + "/audio",
	}
	if r.Agent == "" && c.Recording == info.Recording {
		r.Agent = c.Agent
	}
	return r
}

func (s *Server) recordings(ctx context.Context, in *recordingsIn) (*recordingsOut, error) {
	p := who(ctx)
	v := s.c.Engine.Journal().View()
	defer v.Close()
	out := &recordingsOut{}
	out.Body.Recordings = []*Recording{}
	list := &listPage{prefix: desk.RecordingTimes, limit: in.Limit, from: in.From, to: in.To, cursor: in.Cursor}
	if in.Call != "" && !list.narrow(v, in.Call) {
		return out, nil
	}
	var err error
	out.Body.Next, err = s.read(ctx, v, list, func(row row) bool {
		info := &cc.RecordingInfo{}
		value, _ := v.Get([]byte(desk.RecordingPrefix + row.id))
		// One whose start was corrected has two rows.
		if info.UnmarshalVT(value) != nil || info.StartedMs != row.ms || in.Call != "" && in.Call != info.Call {
			return false
		}
		r := s.recordingOf(v, p, info)
		if r == nil || in.Tenant != "" && in.Tenant != r.Tenant {
			return false
		}
		out.Body.Recordings = append(out.Body.Recordings, r)
		return true
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// skew is by how much the media's clock and the journal's may differ.
const skew = 5 * time.Second

// narrow bounds the page by the times of a call; false: there is no such call.
func (p *listPage) narrow(v *persistence.View, call string) bool {
	c := desk.Summary(v, call)
	if c == nil {
		return false
	}
	if from := time.UnixMilli(c.ArrivedMs).Add(-skew); from.After(p.from) {
		p.from = from
	}
	if to := time.UnixMilli(c.EndedMs).Add(skew); c.EndedMs != 0 && (p.to.IsZero() || to.Before(p.to)) {
		p.to = to
	}
	return true
}

func (s *Server) find(p *auth.Principal, id string) (*Recording, *cc.RecordingInfo, error) {
	none := wire.Errorf(cc.CodeNotFound, "there is no recording %.80q", id)
	v := s.c.Engine.Journal().View()
	defer v.Close()
	value, ok := v.Get([]byte(desk.RecordingPrefix + id))
	if !ok {
		return nil, nil, none
	}
	info := &cc.RecordingInfo{}
	if err := info.UnmarshalVT(value); err != nil {
		return nil, nil, fmt.Errorf("reading recording %s: %w", id, err)
	}
	r := s.recordingOf(v, p, info)
	if r == nil {
		return nil, nil, none
	}
	return r, info, nil
}

func (s *Server) recording(ctx context.Context, in *recordingIn) (*recordingOut, error) {
	r, _, err := s.find(who(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &recordingOut{r}, nil
}

func (s *Server) audio(ctx context.Context, in *recordingIn) (*huma.StreamResponse, error) {
	p := who(ctx)
	r, info, err := s.find(p, in.ID)
	if err != nil {
		return nil, err
	}
	err = s.audit(ctx, Access{
		What: "recording.listen", Agent: p.Agent, Role: p.Role, Tenant: r.Tenant, Call: r.Call, ID: r.ID, Source: remote(ctx),
	})
	if err != nil {
		return nil, err
	}
	file, err := s.open(info.Path)
	if err != nil {
		s.log.Error("a recording cannot be opened", "recording", r.ID, "err", err)
		return nil, wire.Errorf(cc.CodeUnavailable, "the audio is not here")
	}
	s.stats.listened.Add(1)
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer func() { _ = file.Close() }()
		req, w := humago.Unwrap(c)
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(audioWithin))
		h := w.Header()
		h.Set("Content-Type", "audio/wav")
		h.Set("Content-Disposition", `attachment; filename="`+filepath.Base(r.ID)+`.wav"`)
		if r.SHA256 != "" {
			h.Set("ETag", `"`+r.SHA256+`"`)
		}
		http.ServeContent(w, req, "", time.UnixMilli(info.StartedMs), file)
	}}, nil
}

// open opens a recording's file; never one outside the directory of recordings.
func (s *Server) open(path string) (*os.File, error) {
	dir, err := filepath.Abs(s.c.RecordingsDir)
	if err != nil {
		return nil, err
	}
	if filepath.IsAbs(path) {
		if path, err = filepath.Rel(dir, path); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return root.Open(path)
}
