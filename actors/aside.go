package actors

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// A call or agent whose stream cannot be read or applied is set aside: it gets no actor, the matcher does not see it,
// and who asks for it is told so. Its rows stay as they are, for the next start and whoever repairs them.

// replay applies a stream's records from a version on. The first that cannot be read or applied sets the stream aside
// and is the error, a persistence.ErrAside.
func (n *Node) replay(v reader, stream string, from uint64, apply func(data []byte) error) error {
	for r := range v.Records(stream, from) {
		if err := applied(apply, r.Data); err != nil {
			return n.journal.SetAside(machine.Unreadable{Stream: stream, Version: r.Version, Index: r.Index, Err: err})
		}
	}
	return v.Aside(stream)
}

// applied applies one record; one that the rules cannot bear is as bad as one that cannot be decoded.
func applied(apply func([]byte) error, data []byte) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("applying a record: %v", why)
		}
	}()
	return apply(data)
}

// isAside says whether a load failed for the stream's sake alone: the node goes on without it.
func isAside(err error) bool { return errors.Is(err, persistence.ErrAside) }

// asideKey says whether an index key belongs to a call or agent that is set aside.
func (n *Node) asideKey(key string) bool {
	if n.journal.Stats().Aside.Load() == 0 {
		return false
	}
	if id, ok := strings.CutPrefix(key, b2bua.WaitingPrefix); ok {
		return n.journal.Aside(callStream(id)) != nil
	}
	if id, ok := strings.CutPrefix(key, agentPrefix); ok {
		return n.journal.Aside(AgentStream(id)) != nil
	}
	return false
}

// unreadable is what is told to who asks for something set aside.
func unreadable(what, id string) error {
	return cc.Errorf(cc.CodeUnreadable, "the journal of %s %s cannot be read; it is set aside", what, id)
}
