package coretest

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// memory connects clients with a server without a network. It outlives its listeners, of which one is open at a time.
type memory struct {
	mu   sync.Mutex
	open *pipeListener // the newest, or nil
}

// pipeListener accepts one end of a [net.Pipe].
type pipeListener struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (m *memory) listen() net.Listener {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open = &pipeListener{accept: make(chan net.Conn), closed: make(chan struct{})}
	return m.open
}

// dial fits DialContext and DialTLSContext of [http.Transport]. There is no TLS: nothing leaves the process.
func (m *memory) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	m.mu.Lock()
	l := m.open
	m.mu.Unlock()
	err := error(syscall.ECONNREFUSED)
	if l != nil {
		near, far := net.Pipe()
		select {
		case l.accept <- far:
			return near, nil
		case <-ctx.Done():
			err = ctx.Err()
		case <-l.closed:
		}
	}
	return nil, &net.OpError{Op: "dial", Net: network, Addr: memoryAddr{}, Err: err}
}

// Accept implements [net.Listener].
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.accept:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements [net.Listener].
func (l *pipeListener) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }
