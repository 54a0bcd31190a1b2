package ua

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	socketBuffer = 8 << 20
	maxDatagram  = 8192
)

// socket is one UDP socket with a reader.
type socket struct {
	conn   *net.UDPConn
	addr   netip.AddrPort
	done   sync.WaitGroup
	failed atomic.Uint64 // sends the kernel did not take
}

func listen(addr string) (*socket, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, socketBuffer)
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		})
	}}
	pc, err := lc.ListenPacket(noContext, "udp4", addr)
	if err != nil {
		return nil, err
	}
	conn, ok := pc.(*net.UDPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("ua: a %T for UDP", pc), pc.Close())
	}
	return &socket{conn: conn, addr: netip.MustParseAddrPort(conn.LocalAddr().String())}, nil
}

// read hands every datagram to handle, one at a time, until close. at is when the kernel got it, so that a busy
// generator does not count its own delay as the engine's.
func (s *socket) read(handle func(d []byte, from netip.AddrPort, at time.Time)) {
	s.done.Go(func() {
		buf, oob := make([]byte, maxDatagram), make([]byte, 64)
		for {
			n, m, _, from, err := s.conn.ReadMsgUDPAddrPort(buf, oob)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				handle(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), stamp(oob[:m]))
			}
		}
	})
}

// stamp reads the kernel's receive time from a control message (64-bit layout); without one it is now. It is wall clock
// time: compare it with UnixNano of others, not with Sub.
func stamp(oob []byte) time.Time {
	const header, size = 16, 32
	if len(oob) < size || binary.NativeEndian.Uint32(oob[8:]) != unix.SOL_SOCKET ||
		binary.NativeEndian.Uint32(oob[12:]) != unix.SCM_TIMESTAMPNS {
		return time.Now()
	}
	return time.Unix(int64(binary.NativeEndian.Uint64(oob[header:])), int64(binary.NativeEndian.Uint64(oob[header+8:])))
}

func (s *socket) send(d []byte, to netip.AddrPort) {
	if _, err := s.conn.WriteToUDPAddrPort(d, to); err != nil {
		s.failed.Add(1)
	}
}

func (s *socket) close() {
	_ = s.conn.Close()
	s.done.Wait()
}
