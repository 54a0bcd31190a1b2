package transport

import "sync/atomic"

// Stats counts traffic and what was refused.
type Stats struct {
	DatagramsIn, DatagramsOut, BytesIn, BytesOut  atomic.Uint64
	KeepAlives, ReadErrors, WriteErrors           atomic.Uint64
	ConnsAccepted, ConnsDialed, ConnsClosed       atomic.Uint64
	ConnsRefused, DialsFailed, QueueFull          atomic.Uint64
	IdleClosed, HalfMessageClosed, StreamsRefused atomic.Uint64
}
