package coretest

import (
	"fmt"
	"net"
	"strconv"
)

// loopback is a port of 127.0.0.1 on which an [IssuerServer] listens, more than once. The first listen chooses the port, later
// ones keep it. Where the system allows it, the port stays reserved between them: no other program gets it, neither for a
// listener nor for a connection of its own, and clients are refused.
type loopback struct {
	port    int
	release func() // nil while the port is not reserved
}

// listen panics if the port cannot be had, as [httptest.NewServer] does.
func (l *loopback) listen() net.Listener {
	if l.release == nil {
		if port, release, err := reserve(l.port); err == nil {
			l.port, l.release = port, release
		}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(l.port)))
	if err != nil {
		panic(fmt.Sprintf("coretest: the issuer cannot listen: %v", err))
	}
	l.port = listener.Addr().(*net.TCPAddr).Port
	return listener
}

// free ends the reservation.
func (l *loopback) free() {
	if l.release != nil {
		l.release()
		l.release = nil
	}
}
