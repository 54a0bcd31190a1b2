package leg

import (
	"encoding/binary"
	"net/netip"
)

// Values of fields: zero is no bytes at all.

func zeroOr(b []byte, v uint64) []byte {
	if v == 0 {
		return b
	}
	return binary.AppendUvarint(b, v)
}

func zeroOrInt(b []byte, v int64) []byte {
	if v == 0 {
		return b
	}
	return binary.AppendVarint(b, v)
}

func zeroOrBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return b
}

func zeroOrList(b []byte, l []string) []byte {
	if len(l) == 0 {
		return b
	}
	return putList(b, l)
}

func (r *reader) whole(limit uint64) uint64 {
	if len(r.b) == 0 {
		return 0
	}
	return r.small(limit)
}

func (r *reader) wholeInt() int64 {
	if len(r.b) == 0 {
		return 0
	}
	return r.int()
}

func (r *reader) rest() string {
	s := string(r.b)
	r.b = nil
	return s
}

func (r *reader) restBlob() []byte {
	if len(r.b) > MaxSDP {
		r.fail()
	}
	b := append([]byte(nil), r.b...)
	r.b = nil
	return b
}

func (r *reader) restList(limit int) []string {
	if len(r.b) == 0 {
		return nil
	}
	return r.list(limit)
}

func (r *reader) restDest() Dest {
	if len(r.b) == 0 {
		return Dest{}
	}
	return r.dest()
}

func appendDest(b []byte, d Dest) []byte {
	if d == (Dest{}) {
		return b
	}
	return putDest(b, d)
}

func putDest(b []byte, d Dest) []byte {
	b = putString(b, d.Network)
	addr, _ := d.Addr.MarshalBinary() // never fails for an AddrPort
	b = putBytes(b, addr)
	return putString(b, d.Flow)
}

func (r *reader) dest() Dest {
	d := Dest{Network: r.string()}
	var a netip.AddrPort
	if raw := r.bytes(); len(raw) > 0 {
		if a.UnmarshalBinary(raw) != nil {
			r.fail()
		}
	}
	d.Addr = a
	d.Flow = r.string()
	return d
}

func (t *ClientTx) append(b []byte) []byte {
	if t.Method == "" {
		return b
	}
	b = putString(b, t.Method)
	b = binary.AppendUvarint(b, uint64(t.CSeq))
	b = binary.AppendUvarint(b, uint64(t.Branch))
	b = putString(b, t.Via)
	b = putString(b, t.Extra)
	b = putString(b, t.Type)
	b = putBytes(b, t.Body)
	b = putString(b, t.Auth)
	return append(b, t.Tries, t.Glare)
}

// appendNow appends what append leaves out: a ringing phone changes little of its INVITE.
func (t *ClientTx) appendNow(b []byte) []byte {
	code := t.durableCode()
	if t.Flags == 0 && code == 0 && t.RetryMs == 0 {
		return b
	}
	b = append(b, byte(t.Flags))
	b = binary.AppendUvarint(b, uint64(code))
	return binary.AppendVarint(b, t.RetryMs)
}

// durableCode: a 100 need not outlive us, an INVITE repeated after a restart is answered again.
func (t *ClientTx) durableCode() uint16 {
	if t.Code == 100 && t.Flags&TxCancel == 0 {
		return 0
	}
	return t.Code
}

func (t *ClientTx) readNow(r *reader) {
	t.Flags, t.Code, t.RetryMs = 0, 0, 0
	if len(r.b) == 0 {
		return
	}
	t.Flags = TxFlags(r.byte())
	t.Code = uint16(r.small(1<<16 - 1))
	t.RetryMs = r.int()
}

func (t *ClientTx) read(r *reader, s *State) {
	*t = ClientTx{Flags: t.Flags, Code: t.Code, RetryMs: t.RetryMs} // a field of their own
	if len(r.b) == 0 {
		if r.version == 1 {
			*t = ClientTx{}
		}
		return
	}
	t.Method = r.string()
	t.CSeq = uint32(r.small(1<<32 - 1))
	if r.version == 1 {
		t.Branch = r.branchNumber(s, r.string())
	} else {
		t.Branch = uint32(r.small(1<<32 - 1))
	}
	t.Via, t.Extra, t.Type = r.string(), r.string(), r.string()
	t.Body = r.blob()
	t.Auth = r.string()
	t.Tries, t.Glare = r.byte(), r.byte()
	if r.version == 1 {
		t.readNow(r)
	}
	if t.Method == "" {
		r.fail()
	}
}

// branchNumber finds a branch as version 1 wrote it, one of the newest of the leg's sequence.
func (r *reader) branchNumber(s *State, branch string) uint32 {
	if branch == "" {
		return 0
	}
	for n := s.BranchCount; n > 0 && s.BranchCount-n <= TakeoverCSeqJump*MaxGlareRetries; n-- {
		if s.branch(n) == branch {
			return n
		}
	}
	r.fail()
	return 0
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (t *ServerTx) append(b []byte) []byte {
	if t.Method == "" {
		return b
	}
	b = putString(b, t.Method)
	b = binary.AppendUvarint(b, uint64(t.CSeq))
	b = putString(b, t.Branch)
	b = putList(b, t.Vias)
	b = putDest(b, t.Reply)
	b = putString(b, t.Contact)
	b = putBytes(b, t.SDP)
	b = binary.AppendUvarint(b, uint64(t.SE.ExpiresS))
	b = putString(b, t.SE.Refresher)
	b = putBool(b, t.SE.Supported)
	return putBool(b, t.Dialog)
}

func (t *ServerTx) read(r *reader) {
	*t = ServerTx{}
	if len(r.b) == 0 {
		return
	}
	t.Method = r.string()
	t.CSeq = uint32(r.small(1<<32 - 1))
	t.Branch = r.string()
	t.Vias = r.list(MaxVias)
	t.Reply = r.dest()
	t.Contact = r.string()
	t.SDP = r.blob()
	t.SE.ExpiresS = uint32(r.small(1<<32 - 1))
	t.SE.Refresher = r.string()
	t.SE.Supported = r.bool()
	t.Dialog = r.bool()
	if t.Method == "" {
		r.fail()
	}
}

func (l *LastRequest) append(b []byte) []byte {
	if *l == (LastRequest{}) {
		return b
	}
	b = putString(b, l.Method)
	b = binary.AppendUvarint(b, uint64(l.CSeq))
	b = putString(b, l.Branch)
	b = binary.AppendUvarint(b, uint64(l.Code))
	return putBool(b, l.SDP)
}

func (l *LastRequest) read(r *reader) {
	*l = LastRequest{}
	if len(r.b) == 0 {
		return
	}
	l.Method = r.string()
	l.CSeq = uint32(r.small(1<<32 - 1))
	l.Branch = r.string()
	l.Code = uint16(r.small(1<<16 - 1))
	l.SDP = r.bool()
}
