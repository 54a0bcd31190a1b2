package api

import (
	"strings"
	"time"

	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/number"
)

// callsIn finds calls (R55). What is left out lets every call pass.
type callsIn struct {
	Tenant    string    `query:"tenant"`
	Queue     string    `query:"queue" doc:"The last queue it was in"`
	Agent     string    `query:"agent" doc:"On the call, or its owner"`
	Owner     string    `query:"owner"`
	Campaign  string    `query:"campaign"`
	Number    string    `query:"number" doc:"The number of ours that was called, in any spelling"`
	Caller    string    `query:"caller" doc:"In any spelling"`
	Class     string    `query:"class" doc:"As first seen"`
	Corrected string    `query:"corrected" doc:"Class as corrected; as seen where nobody corrected it (R52)"`
	Kind      string    `query:"kind" enum:"call,manual"`
	Phase     string    `query:"phase" enum:"arrived,waiting,offered,bridged,ended"`
	Direction string    `query:"direction" enum:"inbound,outbound,internal"`
	Customer  string    `query:"customer"`
	Location  string    `query:"location"`
	Job       string    `query:"job" doc:"The job it is linked to, or that was booked too"`
	Reason    string    `query:"reason" doc:"Call reason given at the close"`
	Link      string    `query:"link" enum:"none,customer,location,job,booked"`
	Recording string    `query:"recording" enum:"yes,no"`
	Owes      string    `query:"owes_reason" enum:"yes,no" doc:"Over, not closed, and closing needs a reason (R87)"`
	Callback  string    `query:"needs_callback" enum:"yes,no" doc:"Marked by a person (R54)"`
	Tag       string    `query:"tag"`
	FollowUp  string    `query:"follow_up" format:"date" doc:"Day to follow up on, in the tenant's time zone (R90)"`
	MinTalkMs int64     `query:"min_talk_ms" minimum:"0"`
	MaxTalkMs int64     `query:"max_talk_ms" minimum:"0" doc:"0: no limit"`
	MinMs     int64     `query:"min_ms" minimum:"0" doc:"From arrival to end at least; calls that live have none"`
	MaxMs     int64     `query:"max_ms" minimum:"0" doc:"At most; 0: no limit"`
	From      time.Time `query:"from" doc:"Arrived at or after"`
	To        time.Time `query:"to" doc:"Arrived before"`
	Limit     int       `query:"limit" default:"50" minimum:"1" maximum:"200"`
	Cursor    string    `query:"cursor" maxLength:"256"`
}

// spelled is a number in the form that calls keep it in, whatever spelling was asked for; what is none stays as it is.
func spelled(text string, dir *cc.Directory) string {
	if whole, err := number.E164(strings.TrimSpace(text), dir.Center.Region); err == nil {
		return whole
	}
	return text
}

// callFilter compares one thing asked for with what a call has. A new field of the summary is one more line.
type callFilter struct {
	want string
	have func(*cc.CallSummary) []string
}

func (in *callsIn) filters() []callFilter {
	is := func(have func(*cc.CallSummary) string) func(*cc.CallSummary) []string {
		return func(c *cc.CallSummary) []string { return []string{have(c)} }
	}
	return []callFilter{
		{in.Tenant, is((*cc.CallSummary).GetTenant)},
		{in.Queue, is((*cc.CallSummary).GetQueue)},
		{in.Agent, func(c *cc.CallSummary) []string { return []string{c.Agent, c.Owner} }},
		{in.Owner, is((*cc.CallSummary).GetOwner)},
		{in.Campaign, is((*cc.CallSummary).GetCampaign)},
		{in.Number, is((*cc.CallSummary).GetNumber)},
		{in.Caller, is((*cc.CallSummary).GetCaller)},
		{in.Class, is(func(c *cc.CallSummary) string { return wire.Class(c.Class) })},
		{in.Corrected, is(func(c *cc.CallSummary) string { return wire.Class(asCorrected(c)) })},
		{in.Kind, is(func(c *cc.CallSummary) string { return kindOf(c) })},
		{in.Phase, is(func(c *cc.CallSummary) string { return wire.Phase(c.Phase) })},
		{in.Direction, is(direction)},
		{in.Customer, is((*cc.CallSummary).GetCustomer)},
		{in.Location, is((*cc.CallSummary).GetLocation)},
		{in.Job, func(c *cc.CallSummary) []string {
			return append(c.AlsoBooked[:len(c.AlsoBooked):len(c.AlsoBooked)], c.Job)
		}},
		{in.Reason, is((*cc.CallSummary).GetReason)},
		{in.Link, is(func(c *cc.CallSummary) string { return wire.LinkLevel(c.Link) })},
		{in.Recording, is(func(c *cc.CallSummary) string { return yesNo(c.Recording != "") })},
		{in.Tag, (*cc.CallSummary).GetTags},
		{in.FollowUp, is(func(c *cc.CallSummary) string { return c.FollowUp.GetOn() })},
		{in.Owes, is(func(c *cc.CallSummary) string { return yesNo(c.OwesReason) })},
		{in.Callback, is(func(c *cc.CallSummary) string { return yesNo(c.NeedsCallback) })},
	}
}

// filter says whether a call passes all that is asked for.
func (in *callsIn) filter() (func(*cc.CallSummary) bool, error) {
	if in.MaxMs > 0 && in.MaxMs < in.MinMs {
		return nil, wire.Errorf(wire.CodeBadRequest, "max_ms is less than min_ms").With("field", "max_ms")
	}
	var asked []callFilter
	for _, f := range in.filters() {
		if f.want != "" {
			asked = append(asked, f)
		}
	}
	return func(c *cc.CallSummary) bool {
		for _, f := range asked {
			passes := false
			for _, have := range f.have(c) {
				passes = passes || have == f.want
			}
			if !passes {
				return false
			}
		}
		if c.TalkMs < in.MinTalkMs || in.MaxTalkMs > 0 && c.TalkMs > in.MaxTalkMs {
			return false
		}
		if in.MinMs == 0 && in.MaxMs == 0 {
			return true
		}
		lasted := c.EndedMs - c.ArrivedMs
		return c.EndedMs != 0 && lasted >= in.MinMs && (in.MaxMs == 0 || lasted <= in.MaxMs)
	}, nil
}

// direction of a call; what says none came in.
func direction(c *cc.CallSummary) string {
	if c.Direction == cc.Direction_DIRECTION_UNKNOWN {
		return strings.ToLower(cc.Direction_INBOUND.String())
	}
	return strings.ToLower(c.Direction.String())
}

// asCorrected is the class that counts now (R52).
func asCorrected(c *cc.CallSummary) cc.Class {
	if c.CorrectedClass != cc.Class_CLASS_UNKNOWN {
		return c.CorrectedClass
	}
	return c.Class
}

func kindOf(c *cc.CallSummary) string {
	if c.Kind == cc.BubbleKind_BUBBLE_MANUAL {
		return "manual"
	}
	return "call"
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
