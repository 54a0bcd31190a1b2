package api

import (
	"context"

	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Correction is one entry of a call's corrections, oldest first (R52).
type Correction struct {
	At          wire.Time     `json:"at" format:"date-time"`
	By          string        `json:"by"`
	Field       string        `json:"field" doc:"class, owner, reason, notes or link"`
	Before      string        `json:"before,omitempty" doc:"What counted until then"`
	After       string        `json:"after,omitempty" doc:"Empty: the correction was taken back"`
	LinkBefore  *wire.LinkRef `json:"link_before,omitempty"`
	LinkAfter   *wire.LinkRef `json:"link_after,omitempty"`
	ClassBefore string        `json:"class_before,omitempty"`
	ClassAfter  string        `json:"class_after,omitempty"`
	Why         string        `json:"why,omitempty"`
}

// KeptDraft is a draft as it stood when the bubble changed hands (R39).
type KeptDraft struct {
	At      wire.Time `json:"at" format:"date-time"`
	Owner   string    `json:"owner" doc:"Whose bubble it was"`
	Version uint64    `json:"version"`
	Text    string    `json:"text"`
}

type (
	correctionsOut struct {
		Body struct {
			Corrections []Correction `json:"corrections"`
		}
	}
	keptOut struct {
		Body struct {
			Drafts []KeptDraft `json:"drafts"`
		}
	}
)

// history hands every event of a call that the person may read to f, with its time.
func (s *Server) history(ctx context.Context, call string, f func(e any, at wire.Time)) error {
	if _, err := s.readable(who(ctx), call); err != nil {
		return err
	}
	v := s.c.Engine.Journal().View()
	defer v.Close()
	n := 0
	for r := range v.Records(desk.CallStreams+call, 1) {
		if n++; n > maxTimeline {
			break
		}
		rec := &cc.Record{}
		if err := rec.UnmarshalVT(r.Data); err != nil {
			return err
		}
		for _, e := range rec.Events {
			f(e.Message(), wire.At(rec.NowMs))
		}
	}
	if v.Aside(desk.CallStreams+call) != nil {
		return wire.Errorf(cc.CodeUnreadable, "the journal of call %s cannot be read", call)
	}
	return nil
}

func (s *Server) corrections(ctx context.Context, in *callIn) (*correctionsOut, error) {
	out := &correctionsOut{}
	out.Body.Corrections = []Correction{}
	err := s.history(ctx, in.ID, func(e any, at wire.Time) {
		if m, ok := e.(*cc.Corrected); ok {
			out.Body.Corrections = append(out.Body.Corrections, Correction{
				At: at, By: m.By, Field: wire.CorrectedField(m.Field), Before: m.Before, After: m.After,
				LinkBefore: wire.NewLinkRef(m.LinkBefore), LinkAfter: wire.NewLinkRef(m.LinkAfter),
				ClassBefore: wire.Class(m.ClassBefore), ClassAfter: wire.Class(m.ClassAfter), Why: m.Why,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Server) keptDrafts(ctx context.Context, in *callIn) (*keptOut, error) {
	out := &keptOut{}
	out.Body.Drafts = []KeptDraft{}
	err := s.history(ctx, in.ID, func(e any, at wire.Time) {
		if m, ok := e.(*cc.DraftKept); ok {
			out.Body.Drafts = append(out.Body.Drafts, KeptDraft{at, m.Owner, m.Version, string(m.Text)})
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
