// Package record keeps recordings safe and makes files of them: slabs filled by the media workers, a crash log of
// segment files, one extent file for each recording, and the stereo WAV with its manifest made from it at the end.
//
// It knows stream numbers, RTP headers and G.711, but no sockets, legs or calls.
package record
