// Package sdp reads and writes the session descriptions of plain RTP telephony legs (RFC 4566, 3264):
// one G.711 audio stream with telephone events and comfort noise. It is pure, parses by hand in one
// pass (any order of lines a phone may send, bounded, nothing kept that is not needed), and must not
// know SIP, sockets or the call. Descriptions of browsers (ICE, DTLS) are only recognised: WebRTC.
package sdp
