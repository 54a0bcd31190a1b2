package leg

import (
	"bytes"
	"strconv"
)

// stampSDP gives a session description the leg's o= session id and the version RFC 3264 section 8
// wants: the last one if the rest is as sent last, else one more.
// Versions of offers that were refused are not used again.
func (s *State) stampSDP(sdp []byte, force bool) []byte {
	if len(sdp) == 0 {
		return nil
	}
	user, rest, from, to, ok := splitOrigin(sdp)
	if !ok {
		return sdp
	}
	if !force && originVersion(s.LocalSDP) == s.SDPVersion && sameButOrigin(sdp, s.LocalSDP) {
		return s.LocalSDP
	}
	s.SDPVersion++
	b := make([]byte, 0, len(sdp)+24)
	b = append(b, sdp[:from]...)
	b = append(b, user...)
	b = append(b, ' ')
	b = strconv.AppendUint(b, s.SDPID, 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, s.SDPVersion, 10)
	b = append(b, ' ')
	b = append(b, rest...)
	return append(b, sdp[to:]...)
}

// splitOrigin finds the o= line: its user, what follows the version, and where its value stands.
func splitOrigin(sdp []byte) (user, rest []byte, from, to int, ok bool) {
	from = bytes.Index(sdp, []byte("\no="))
	if from < 0 {
		return nil, nil, 0, 0, false
	}
	from += 3
	to = from
	for to < len(sdp) && sdp[to] != '\r' && sdp[to] != '\n' {
		to++
	}
	user, line, ok := bytes.Cut(sdp[from:to], []byte(" "))
	if !ok {
		return nil, nil, 0, 0, false
	}
	_, line, _ = bytes.Cut(line, []byte(" "))
	_, rest, ok = bytes.Cut(line, []byte(" "))
	return user, rest, from, to, ok
}

// originVersion reads the version back from a stamped description; 0 if there is none.
func originVersion(sdp []byte) uint64 {
	_, _, from, to, ok := splitOrigin(sdp)
	if !ok {
		return 0
	}
	f := bytes.Fields(sdp[from:to])
	if len(f) < 3 {
		return 0
	}
	v, _ := strconv.ParseUint(string(f[2]), 10, 64)
	return v
}

// sameButOrigin compares two descriptions without session id and version.
func sameButOrigin(a, b []byte) bool {
	au, ar, af, at, ok1 := splitOrigin(a)
	bu, br, bf, bt, ok2 := splitOrigin(b)
	if !ok1 || !ok2 {
		return bytes.Equal(a, b)
	}
	return bytes.Equal(a[:af], b[:bf]) && bytes.Equal(au, bu) && bytes.Equal(ar, br) && bytes.Equal(a[at:], b[bt:])
}
