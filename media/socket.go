package media

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sockaddrBytes is the room of the longest address we meet: sockaddr_in6.
const sockaddrBytes = 28

// sockaddr is an address as the kernel wants it.
type sockaddr struct {
	b [sockaddrBytes]byte
	n uint32
}

// source is a sender's address, comparable in three words.
type source struct {
	hi, lo uint64
	port   uint16
}

// dscpEF marks voice (RFC 4594), in the place of the old TOS byte.
const dscpEF = 46 << 2

func (a *sockaddr) set(ap netip.AddrPort) {
	*a = sockaddr{}
	ip := ap.Addr()
	if ip = ip.Unmap(); ip.Is4() {
		binary.NativeEndian.PutUint16(a.b[0:], unix.AF_INET)
		b := ip.As4()
		copy(a.b[4:], b[:])
		a.n = unix.SizeofSockaddrInet4
	} else {
		binary.NativeEndian.PutUint16(a.b[0:], unix.AF_INET6)
		b := ip.As16()
		copy(a.b[8:], b[:])
		a.n = unix.SizeofSockaddrInet6
	}
	binary.BigEndian.PutUint16(a.b[2:], ap.Port())
}

// source reads an address the kernel gave.
func (a *sockaddr) source() source {
	s := source{port: binary.BigEndian.Uint16(a.b[2:])}
	if binary.NativeEndian.Uint16(a.b[0:]) == unix.AF_INET {
		s.hi, s.lo = 0, 0xFFFF<<32|uint64(binary.BigEndian.Uint32(a.b[4:]))
		return s
	}
	s.hi, s.lo = binary.BigEndian.Uint64(a.b[8:]), binary.BigEndian.Uint64(a.b[16:])
	return s
}

func sourceOf(ap netip.AddrPort) source {
	b := ap.Addr().As16()
	return source{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]), ap.Port()}
}

func (s source) addrPort() netip.AddrPort {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], s.hi)
	binary.BigEndian.PutUint64(b[8:], s.lo)
	return netip.AddrPortFrom(netip.AddrFrom16(b).Unmap(), s.port)
}

// openSocket binds a non-blocking UDP socket.
func openSocket(addr netip.Addr, port uint16) (int, error) {
	family := unix.AF_INET6
	if addr.Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("opening RTP socket: %w", err)
	}
	var sa unix.Sockaddr = &unix.SockaddrInet6{Port: int(port), Addr: addr.As16()}
	if addr.Is4() {
		sa = &unix.SockaddrInet4{Port: int(port), Addr: addr.As4()}
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, dscpEF)
	} else {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, dscpEF)
	}
	if err := unix.Bind(fd, sa); err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("binding %s port %d: %w", addr, port, err)
	}
	return fd, nil
}

// recvFrom and sendTo never block (MSG_DONTWAIT), so they need not tell the scheduler: RawSyscall.
func recvFrom(fd int, b []byte, from *sockaddr) (int, unix.Errno) {
	from.n = sockaddrBytes
	n, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), //nolint:gosec // what the system calls take
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&from.b)), uintptr(unsafe.Pointer(&from.n))) //nolint:gosec // what the system calls take
	return int(n), e
}

// discard drops the packet that waits first.
func discard(fd int) unix.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), 0, 0, unix.MSG_DONTWAIT, 0, 0)
	return e
}

func sendTo(fd int, b []byte, to *sockaddr) unix.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), //nolint:gosec // what the system calls take
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&to.b)), uintptr(to.n)) //nolint:gosec // what the system calls take
	return e
}
