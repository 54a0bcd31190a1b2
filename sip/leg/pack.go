package leg

import "github.com/klauspost/compress/s2"

// Half of a call's journal bytes are its legs, and most of a leg is what every leg says: header names, the lines of a
// session description, its own addresses over and over. Records are packed with a dictionary of that. It belongs to
// the version of the format: another dictionary is another version. What is packed may differ from one release of the
// library to the next; a replay compares states.
var dictionary = s2.MakeDict([]byte(dictionaryText), []byte("v=0\r\n"))

const dictionaryText = "Call-Info: <sip:>;answer-after=0\r\nAlert-Info: <sip:>;info=alert-autoanswer\r\n" +
	"Reason: SIP;cause=480;text=\"Session timer expired\"\r\nReason: wirechief;cause=;text=\"agent\"\r\n" +
	"SIP;cause=200;text=\"Call completed elsewhere\"X-Wirechief-Call: \r\nX-Wirechief-Offer: of-\r\n" +
	"X-Wirechief-Tenant: \r\nReason: wirechief;cause=1;text=\"caller\"\r\n\x03BYE" +
	"a=rtpmap:9 G722/8000\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:96 opus/48000/2\r\n" +
	"a=fmtp:101 0-16\r\na=maxptime:150\r\na=rtcp-mux\r\na=rtcp:\r\na=ssrc: cname:\r\na=silenceSupp:off - - - -\r\n" +
	"a=inactive\r\na=recvonly\r\na=sendonly\r\nb=AS:64\r\n" +
	"<sip:anonymous@anonymous.invalid>\"Anonymous\" ;alias;keep;transport=tls;transport=tcp;transport=udp;user=phone" +
	";ob;lr\x03tcp\x06SIP/2.0/TLS SIP/2.0/TCP \x06INVITE\x01\x14z9hG4bKPj\x01SIP/2.0/UDP 192.168.1.:5060;rport=5060;" +
	"branch=z9hG4bK;received=10.0.0.;rport=" +
	"v=0\r\no=root IN IP4 \r\ns=session\r\nv=0\r\no=- 1 IN IP4 192.168.\r\ns=-\r\nc=IN IP4 192.168.\r\nt=0 0\r\n" +
	"m=audio 3 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n" +
	"m=audio 3 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n" +
	"\x03udp\x06\x13\xc4\x00wirechief<sip:+1@:5060>"

// packFrom: less is not worth a look.
const packFrom = 32

// pack appends head and fields, packed if that is shorter.
func pack(b []byte, head byte, fields []byte) []byte {
	if len(fields) >= packFrom {
		var room [2048]byte
		if p := dictionary.Encode(room[:], fields); len(p) < len(fields) {
			return append(append(b, head|packedBit), p...)
		}
	}
	return append(append(b, head), fields...)
}

// unpack gives the fields of a record; what would be larger than any state is refused before room is made for it.
func unpack(head byte, data []byte) ([]byte, error) {
	if head&packedBit == 0 {
		return data, nil
	}
	if n, err := s2.DecodedLen(data); err != nil || n > MaxStateBytes {
		return nil, ErrCorrupt
	}
	fields, err := dictionary.Decode(nil, data)
	if err != nil {
		return nil, ErrCorrupt
	}
	return fields, nil
}
