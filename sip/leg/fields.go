package leg

import "math"

// Field numbers of the record.
const (
	fieldRole = iota + 1
	fieldPhase
	fieldCallID
	fieldLocalTag
	fieldRemoteTag
	fieldLocal
	fieldRemote
	fieldRemoteParams
	fieldContact
	fieldVia
	fieldUserAgent
	fieldBranchSeed
	fieldBranchCount
	fieldLocalCSeq
	fieldAckedInvite
	fieldAckBranch
	fieldRemoteCSeq
	fieldRouteSet
	fieldRemoteTarget
	fieldDest
	fieldSymmetric
	fieldLocalSDP
	fieldRemoteSDP
	fieldSDPID
	fieldSDPVersion
	fieldOffer
	fieldSessionS
	fieldSessionWishS
	fieldSessionMinS
	fieldRefresher
	fieldSessionAtMs
	fieldPeerCaps
	fieldRang
	fieldHangUpWanted
	fieldHangUpReason
	fieldAuthRealm
	fieldAuthUser
	fieldInvite
	fieldRequest
	fieldIn
	fieldInCode
	fieldInExtra
	fieldInText
	fieldInBody
	fieldLast
	fieldEndedAtMs
	fieldFinalTag
	fieldAckAuth
	fieldInviteNow // since version 2: what changes of Invite while it is out
	fieldEnd
)

const fieldFirst = fieldRole

// appendField appends the value of one field; nothing if it is zero.
func (s *State) appendField(b []byte, id int) []byte { //nolint:cyclop // one path, read from top to bottom
	switch id {
	case fieldRole:
		return zeroOr(b, uint64(s.Role))
	case fieldPhase:
		return zeroOr(b, uint64(s.Phase))
	case fieldCallID:
		return append(b, s.CallID...)
	case fieldLocalTag:
		return append(b, s.LocalTag...)
	case fieldRemoteTag:
		return append(b, s.RemoteTag...)
	case fieldLocal:
		return append(b, s.Local...)
	case fieldRemote:
		return append(b, s.Remote...)
	case fieldRemoteParams:
		return append(b, s.RemoteParams...)
	case fieldContact:
		return append(b, s.Contact...)
	case fieldVia:
		return append(b, s.Via...)
	case fieldUserAgent:
		return append(b, s.UserAgent...)
	case fieldBranchSeed:
		return zeroOr(b, s.BranchSeed)
	case fieldBranchCount:
		return zeroOr(b, uint64(s.BranchCount))
	case fieldLocalCSeq:
		return zeroOr(b, uint64(s.LocalCSeq))
	case fieldAckedInvite:
		return zeroOr(b, uint64(s.AckedInvite))
	case fieldAckBranch:
		return zeroOr(b, uint64(s.AckBranch))
	case fieldRemoteCSeq:
		return zeroOr(b, uint64(s.RemoteCSeq))
	case fieldRouteSet:
		return zeroOrList(b, s.RouteSet)
	case fieldRemoteTarget:
		return append(b, s.RemoteTarget...)
	case fieldDest:
		return appendDest(b, s.Dest)
	case fieldSymmetric:
		return zeroOrBool(b, s.Symmetric)
	}
	return s.appendField2(b, id)
}

func (s *State) appendField2(b []byte, id int) []byte {
	switch id {
	case fieldLocalSDP:
		return append(b, s.LocalSDP...)
	case fieldRemoteSDP:
		return append(b, s.RemoteSDP...)
	case fieldSDPID:
		return zeroOr(b, s.SDPID)
	case fieldSDPVersion:
		return zeroOr(b, s.SDPVersion)
	case fieldOffer:
		return zeroOr(b, uint64(s.Offer))
	case fieldSessionS:
		return zeroOr(b, uint64(s.SessionS))
	case fieldSessionWishS:
		return zeroOr(b, uint64(s.SessionWishS))
	case fieldSessionMinS:
		return zeroOr(b, uint64(s.SessionMinS))
	case fieldRefresher:
		return zeroOr(b, uint64(s.Refresher))
	case fieldSessionAtMs:
		return zeroOrInt(b, s.SessionAtMs)
	case fieldPeerCaps:
		return zeroOr(b, uint64(s.PeerCaps))
	case fieldRang:
		return zeroOrBool(b, s.Rang)
	case fieldHangUpWanted:
		return zeroOrBool(b, s.HangUpWanted)
	case fieldHangUpReason:
		return append(b, s.HangUpReason...)
	case fieldAuthRealm:
		return append(b, s.AuthRealm...)
	}
	return s.appendField3(b, id)
}

func (s *State) appendField3(b []byte, id int) []byte {
	switch id {
	case fieldAuthUser:
		return append(b, s.AuthUser...)
	case fieldInvite:
		return s.Invite.append(b)
	case fieldRequest:
		return s.Request.append(b)
	case fieldIn:
		return s.In.append(b)
	case fieldInCode:
		return zeroOr(b, uint64(s.InCode))
	case fieldInExtra:
		return append(b, s.InExtra...)
	case fieldInText:
		return append(b, s.InText...)
	case fieldInBody:
		return zeroOrBool(b, s.InBody)
	case fieldLast:
		return s.Last.append(b)
	case fieldEndedAtMs:
		return zeroOrInt(b, s.EndedAtMs)
	case fieldFinalTag:
		return append(b, s.FinalTag...)
	case fieldAckAuth:
		return append(b, s.AckAuth...)
	case fieldInviteNow:
		return s.Invite.appendNow(b)
	}
	return b
}

// setField reads what appendField wrote.
func (s *State) setField(id int, r *reader) { //nolint:cyclop // one path, read from top to bottom
	switch id {
	case fieldRole:
		s.Role = Role(r.whole(uint64(UAC)))
	case fieldPhase:
		s.Phase = Phase(r.whole(uint64(PhaseReleased)))
	case fieldCallID:
		s.CallID = r.rest()
	case fieldLocalTag:
		s.LocalTag = r.rest()
	case fieldRemoteTag:
		s.RemoteTag = r.rest()
	case fieldLocal:
		s.Local = r.rest()
	case fieldRemote:
		s.Remote = r.rest()
	case fieldRemoteParams:
		s.RemoteParams = r.rest()
	case fieldContact:
		s.Contact = r.rest()
	case fieldVia:
		s.Via = r.rest()
	case fieldUserAgent:
		s.UserAgent = r.rest()
	case fieldBranchSeed:
		s.BranchSeed = r.whole(math.MaxUint64)
	case fieldBranchCount:
		s.BranchCount = uint32(r.whole(math.MaxUint32))
	case fieldLocalCSeq:
		s.LocalCSeq = uint32(r.whole(math.MaxUint32))
	case fieldAckedInvite:
		s.AckedInvite = uint32(r.whole(math.MaxUint32))
	case fieldAckBranch:
		if r.version == 1 {
			s.AckBranch = r.branchNumber(s, r.rest())
		} else {
			s.AckBranch = uint32(r.whole(math.MaxUint32))
		}
	case fieldRemoteCSeq:
		s.RemoteCSeq = uint32(r.whole(math.MaxUint32))
	case fieldRouteSet:
		s.RouteSet = r.restList(MaxRoutes)
	case fieldRemoteTarget:
		s.RemoteTarget = r.rest()
	case fieldDest:
		s.Dest = r.restDest()
	case fieldSymmetric:
		s.Symmetric = r.whole(1) == 1
	default:
		s.setField2(id, r)
	}
}

func (s *State) setField2(id int, r *reader) {
	switch id {
	case fieldLocalSDP:
		s.LocalSDP = r.restBlob()
	case fieldRemoteSDP:
		s.RemoteSDP = r.restBlob()
	case fieldSDPID:
		s.SDPID = r.whole(math.MaxUint64)
	case fieldSDPVersion:
		s.SDPVersion = r.whole(math.MaxUint64)
	case fieldOffer:
		s.Offer = OfferPhase(r.whole(uint64(OfferAnswered)))
	case fieldSessionS:
		s.SessionS = uint32(r.whole(math.MaxUint32))
	case fieldSessionWishS:
		s.SessionWishS = uint32(r.whole(math.MaxUint32))
	case fieldSessionMinS:
		s.SessionMinS = uint32(r.whole(math.MaxUint32))
	case fieldRefresher:
		s.Refresher = Refresher(r.whole(uint64(RefresherThem)))
	case fieldSessionAtMs:
		s.SessionAtMs = r.wholeInt()
	case fieldPeerCaps:
		s.PeerCaps = Capability(r.whole(math.MaxUint16))
	case fieldRang:
		s.Rang = r.whole(1) == 1
	case fieldHangUpWanted:
		s.HangUpWanted = r.whole(1) == 1
	case fieldHangUpReason:
		s.HangUpReason = r.rest()
	case fieldAuthRealm:
		s.AuthRealm = r.rest()
	default:
		s.setField3(id, r)
	}
}

func (s *State) setField3(id int, r *reader) {
	switch id {
	case fieldAuthUser:
		s.AuthUser = r.rest()
	case fieldInvite:
		s.Invite.read(r, s)
	case fieldRequest:
		s.Request.read(r, s)
	case fieldIn:
		s.In.read(r)
	case fieldInCode:
		s.InCode = uint16(r.whole(math.MaxUint16))
	case fieldInExtra:
		s.InExtra = r.rest()
	case fieldInText:
		s.InText = r.rest()
	case fieldInBody:
		s.InBody = r.whole(1) == 1
	case fieldLast:
		s.Last.read(r)
	case fieldEndedAtMs:
		s.EndedAtMs = r.wholeInt()
	case fieldFinalTag:
		s.FinalTag = r.rest()
	case fieldAckAuth:
		s.AckAuth = r.rest()
	case fieldInviteNow:
		s.Invite.readNow(r)
	}
}
