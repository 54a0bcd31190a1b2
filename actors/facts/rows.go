package facts

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
	"github.com/wirechief/wirechief/persistence"
)

// Keys of the derived space. Times are eight bytes big endian.
//
//	m                      meta: figures.Version, applied index
//	s<call>                CallFacts
//	q<quarter><call>       facts of the call start in this quarter of an hour
//	a<agent>               AgentFacts
//	b<quarter><agent>      AgentQuarter, finished
//	w<from><offer>         WrapFact, finished
const (
	space       = "facts"
	rowMeta     = "m"
	rowCall     = 's'
	rowQuarter  = 'q'
	rowAgent    = 'a'
	rowTime     = 'b'
	rowWrap     = 'w'
	timedKeyLen = 1 + 8
)

func idKey(kind byte, id string) []byte { return append([]byte{kind}, id...) }

func timeKey(kind byte, ms int64, id string) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{kind}, uint64(ms)), id...)
}

// progress is how far the rows stand for the journal.
type progress struct{ version, applied uint64 }

func (m progress) encode() []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, m.version), m.applied)
}

func readProgress(v *persistence.DerivedView) (m progress, err error) {
	b, err := v.Get([]byte(rowMeta))
	if err != nil || b == nil {
		return m, err
	}
	var n int
	if m.version, n = binary.Uvarint(b); n <= 0 {
		return progress{}, nil
	}
	if m.applied, n = binary.Uvarint(b[n:]); n <= 0 {
		return progress{}, nil
	}
	return m, nil
}

// current says that the rows are of this program's facts.
func (m progress) current() bool { return m.version == figures.Version }

// eachEvent decodes a record's events and its time, and nothing else of it: the command and the legs' state are most of
// its octets.
func eachEvent(record []byte, fn func(e *cc.Event, atMs int64)) error {
	const fieldNow, fieldEvents = 1, 7 // of callcenter.Record
	atMs := int64(0)
	for b := record; len(b) > 0; {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("reading a record: %w", protowire.ParseError(n))
		}
		b = b[n:]
		switch {
		case num == fieldNow && typ == protowire.VarintType:
			v, m := protowire.ConsumeVarint(b)
			if m < 0 {
				return fmt.Errorf("reading a record: %w", protowire.ParseError(m))
			}
			atMs, n = int64(v), m
		case num == fieldEvents && typ == protowire.BytesType:
			v, m := protowire.ConsumeBytes(b)
			if m < 0 {
				return fmt.Errorf("reading a record: %w", protowire.ParseError(m))
			}
			e := &cc.Event{}
			if err := e.UnmarshalVT(v); err != nil {
				return fmt.Errorf("reading an event: %w", err)
			}
			fn(e, atMs)
			n = m
		default:
			if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
				return fmt.Errorf("reading a record: %w", protowire.ParseError(n))
			}
		}
		b = b[n:]
	}
	return nil
}
