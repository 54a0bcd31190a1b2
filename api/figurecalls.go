package api

import (
	"context"
	"strconv"

	"github.com/wirechief/wirechief/api/wire"
	"github.com/wirechief/wirechief/callcenter/figures"
)

type (
	figureCallsIn struct {
		FiguresIn
		Figure string `query:"figure" required:"true" maxLength:"64" doc:"A count, or a time made of calls"`
		Key    string `query:"key" maxLength:"128" doc:"Only of this row; - is the row without a key"`
		Limit  int    `query:"limit" default:"200" minimum:"1" maximum:"1000"`
		Cursor string `query:"cursor" maxLength:"32"`
	}
	figureCallsOut struct{ Body FigureCalls }
)

// FigureCalls are the facts a figure is made of. A call may have several: two visits of a queue are two offered.
type FigureCalls struct {
	Figure string       `json:"figure"`
	Total  int          `json:"total" doc:"How many there are in all: the figure, if it is a count"`
	Sum    int64        `json:"sum" doc:"The figure"`
	Calls  []FigureCall `json:"calls" doc:"Oldest quarter of an hour first"`
	Next   string       `json:"next,omitempty" doc:"Cursor of the next page"`
}

// FigureCall is one fact that was counted.
type FigureCall struct {
	Call  string    `json:"call"`
	At    wire.Time `json:"at" format:"date-time" doc:"When the fact began"`
	Key   string    `json:"key"`
	Queue string    `json:"queue,omitempty"`
	Agent string    `json:"agent,omitempty"`
	Count int64     `json:"count" doc:"What it adds to the figure"`
}

// figureCalls pages through the facts that a figure counts by reading them again.
func (s *Server) figureCalls(ctx context.Context, in *figureCallsIn) (*figureCallsOut, error) {
	measure := figures.MeasureOf(in.Figure)
	if measure < 0 || figures.Measures[measure].Kind == figures.QuarterKind {
		return nil, wire.Errorf(wire.CodeBadRequest, "%.40q is no figure that counts calls; /v1/figures/definitions names them",
			in.Figure).With("field", "figure")
	}
	q, err := s.query(who(ctx), &in.FiguresIn)
	if err != nil {
		return nil, err
	}
	skip := 0
	if in.Cursor != "" {
		if skip, err = strconv.Atoi(in.Cursor); err != nil || skip < 0 {
			return nil, wire.Errorf(wire.CodeBadRequest, "this cursor is not one of ours").With("field", "cursor")
		}
	}
	out := FigureCalls{Figure: in.Figure, Calls: []FigureCall{}}
	table := figures.Drill(q, measure, func(key string, _ int, f *figures.Fact) {
		if in.Key != "" && key != in.Key && (key != "" || in.Key != noKey) {
			return
		}
		out.Total++
		count := figures.Measures[measure].Of(&q.Options, f)
		out.Sum += count
		if out.Total <= skip || len(out.Calls) >= in.Limit {
			return
		}
		call, queue, agent := q.Of(f)
		out.Calls = append(out.Calls, FigureCall{call, wire.At(f.AtMs), key, queue, agent, count})
	})
	if _, err := s.readFacts(ctx, q, table); err != nil {
		return nil, err
	}
	if n := skip + len(out.Calls); n < out.Total {
		out.Next = strconv.Itoa(n)
	}
	return &figureCallsOut{out}, nil
}
