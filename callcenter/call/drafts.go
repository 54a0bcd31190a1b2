package call

import (
	"bytes"
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

// writeDraft keeps what the owner typed, unless they typed on an older version than there is (R39).
func (d *decision) writeDraft(m *cc.WriteDraft) error {
	s, was := d.s, d.s.Draft
	switch {
	case len(m.Text) > maxDraft:
		return cc.Errorf(cc.CodeBadCommand, "a draft has at most %d bytes", maxDraft)
	case s.Owner == "" || s.Owner != m.Agent:
		return d.ownerError(cc.CodeOwnerChanged, "the bubble is now owned by %s", s.Owner)
	case s.Desk == cc.BubbleDesk_DESK_CLOSED:
		return cc.Errorf(cc.CodeBubbleClosed, "the bubble is closed")
	case m.Version+1 == was.GetVersion() && was.By == m.Agent && bytes.Equal(m.Text, was.Text):
		return nil // repeated
	case m.Version != was.GetVersion():
		return cc.Errorf(cc.CodeDraftConflict, "the draft was written by somebody else meanwhile").
			With("version", strconv.FormatUint(was.GetVersion(), 10)).With("by", was.GetBy()).
			With("draft", string(was.GetText())).With("yours", string(m.Text))
	}
	d.emit(&cc.DraftWritten{Version: m.Version + 1, Text: m.Text, By: m.Agent})
	return nil
}

// keepDraft puts the text as it stands into the history when the bubble changes hands (R39).
func (d *decision) keepDraft(owner string, epoch uint64) {
	if f := d.s.Draft; f != nil && f.Version > f.KeptVersion {
		d.emit(&cc.DraftKept{Owner: owner, Epoch: epoch, Version: f.Version, Text: f.Text})
	}
}
