package media

import (
	"errors"
	"fmt"

	"github.com/wirechief/wirechief/media/record"
)

// Limits of RecordingStart.Labels.
const (
	maxLabels     = 16
	maxLabelBytes = 80 // key and value together; all of them share one slot
)

// Record starts a recording of one or two legs of one call key. A leg is in one recording at most: an older one loses
// it.
func (e *Engine) Record(start RecordingStart) error {
	if e.recorder == nil {
		return ErrNoRecordDir
	}
	if start.Segment < 0 || len(start.Labels) > maxLabels {
		return fmt.Errorf("%w: segment %d, %d labels", ErrBadArgument, start.Segment, len(start.Labels))
	}
	for k, v := range start.Labels {
		if len(k)+len(v) > maxLabelBytes {
			return fmt.Errorf("%w: label %.20q is longer than %d bytes", ErrBadArgument, k, maxLabelBytes)
		}
	}
	caller, agent, err := e.sides(start)
	if err != nil {
		return err
	}
	if start.StartMs == 0 {
		start.StartMs = e.cfg.NowMs()
	}
	number, opening, err := e.recorder.Number(record.Opening{ID: start.ID, Segment: start.Segment,
		StartMs: start.StartMs, Labels: start.Labels})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadArgument, err)
	}
	w := caller
	if w == nil {
		w = agent
	}
	rec := &recording{id: start.ID, w: w.w, number: number}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.recordings[start.ID]; ok {
		return fmt.Errorf("%w: %s", ErrRecordingExists, start.ID)
	}
	if len(e.recordings) >= e.cfg.Limits.Recordings {
		return fmt.Errorf("%w: %d recordings", ErrLimit, len(e.recordings))
	}
	if err := rec.w.queue.post(false, func(w *worker) { w.startRecord(rec, opening, caller, agent) }); err != nil {
		return err
	}
	e.recordings[start.ID] = rec
	return nil
}

// sides finds the legs of a recording.
func (e *Engine) sides(start RecordingStart) (caller, agent *leg, err error) {
	switch {
	case start.CallerLeg != "" && start.AgentLeg != "":
		return e.two(start.CallerLeg, start.AgentLeg)
	case start.CallerLeg != "":
		caller, err = e.leg(start.CallerLeg)
	case start.AgentLeg != "":
		agent, err = e.leg(start.AgentLeg)
	default:
		err = fmt.Errorf("%w: a recording of no leg", ErrBadArgument)
	}
	return caller, agent, err
}

func (e *Engine) recording(id string) (*recording, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if rec := e.recordings[id]; rec != nil {
		return rec, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrNoRecording, id)
}

// PauseRecord leaves silence in the file until ResumeRecord; nothing of the time between reaches the disk.
func (e *Engine) PauseRecord(id string) error { return e.pause(id, true) }

// ResumeRecord ends a pause.
func (e *Engine) ResumeRecord(id string) error { return e.pause(id, false) }

func (e *Engine) pause(id string, pause bool) error {
	rec, err := e.recording(id)
	if err != nil {
		return err
	}
	// A pause is never refused for a full queue: what it keeps out may be a card number.
	return rec.w.queue.post(pause, func(w *worker) { w.pauseRecord(rec, pause) })
}

// StopRecord ends a recording; RecordingFinished follows when the file is durable. The legs may be closed already.
func (e *Engine) StopRecord(id string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	rec := e.recordings[id]
	if rec == nil {
		return fmt.Errorf("%w: %s", ErrNoRecording, id)
	}
	if err := rec.w.queue.post(true, func(w *worker) { w.stopRecord(rec) }); err != nil {
		return err
	}
	delete(e.recordings, id)
	return nil
}

// Recover reads what a killed process left behind and lists the recordings without a file. Call it once, before the
// first Record. Each is then continued (Record with the same ID and the next Segment) or finished (Finish).
func (e *Engine) Recover() ([]Unfinished, error) {
	if e.recorder == nil {
		return nil, ErrNoRecordDir
	}
	list, err := e.recorder.Recover()
	if err != nil {
		return nil, err
	}
	out := make([]Unfinished, len(list))
	for i, u := range list {
		out[i] = Unfinished(u)
	}
	return out, nil
}

// Finish makes the file of an unfinished recording; for one whose file exists RecordingFinished is only told again.
func (e *Engine) Finish(id string) error {
	if e.recorder == nil {
		return ErrNoRecordDir
	}
	err := e.recorder.Finish(id)
	switch {
	case errors.Is(err, record.ErrUnknown):
		return fmt.Errorf("%w: %s", ErrNoRecording, id)
	case errors.Is(err, record.ErrClosed):
		return ErrClosed
	case errors.Is(err, record.ErrBusy):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case errors.Is(err, record.ErrExists):
		return fmt.Errorf("%w: %s", ErrRecordingExists, id)
	}
	return err
}
