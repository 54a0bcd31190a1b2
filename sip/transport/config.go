package transport

import (
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

// Config of a Transport; every field is required unless noted.
type Config struct {
	UDP, TCP     []string // listen addresses
	UDPSockets   int      // per UDP address
	Limits       wire.Limits
	MaxConns     int
	MaxPerIP     int
	IdleUnproven time.Duration
	IdleProven   time.Duration
	HalfMessage  time.Duration
	WriteQueue   int
	Logger       *slog.Logger

	// Receive takes one message, from a reader goroutine; size is its length on the wire. It must not block and not
	// keep p.Raw beyond the message's life.
	Receive func(p wire.Parsed, src leg.Dest, size int)
	// FlowClosed tells that a TCP connection is gone; optional.
	FlowClosed func(flow string)
	// DialFailed tells that an address took no connection, with the messages that waited for it; optional.
	DialFailed func(addr netip.AddrPort, unsent [][]byte)
}

// Errors of Send.
var (
	ErrFlowGone  = errors.New("transport: flow is closed")
	ErrQueueFull = errors.New("transport: write queue full, connection closed")
	ErrTooMany   = errors.New("transport: too many connections")
	ErrNoSocket  = errors.New("transport: no socket for this destination")
	ErrTooLarge  = errors.New("transport: datagram too large")
	ErrClosed    = errors.New("transport: closed")
)

const (
	socketBuffer = 4 << 20          // octets asked of the kernel per UDP socket and direction
	dialTimeout  = 5 * time.Second  // TCP connect
	writeTimeout = 10 * time.Second // one write to a TCP peer
	drainTime    = time.Second      // reading on after a stream was refused
	drainBytes   = 64 << 10
	maxDatagram  = 65507
)
