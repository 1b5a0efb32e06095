package service

import (
	"net"
	"sync"
)

// listener keeps the connections that it has accepted, so that they can be closed when the time to stop has ended, whatever
// framework serves them.
type listener struct {
	net.Listener
	closeOnce sync.Once
	closeErr  error

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil after cut
}

func track(l net.Listener) *listener { return &listener{Listener: l, conns: map[net.Conn]struct{}{}} }

// Accept implements [net.Listener]. A TCP connection keeps its methods, which net/http needs to send files.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		return l.keep(&tcpConn{TCPConn: tcp, listener: l})
	}
	return l.keep(&conn{Conn: c, listener: l})
}

// Close implements [net.Listener]. It may be called more than once.
func (l *listener) Close() error {
	l.closeOnce.Do(func() { l.closeErr = l.Listener.Close() })
	return l.closeErr
}

func (l *listener) keep(c net.Conn) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		_ = c.(closer).closeOnly()
		return nil, net.ErrClosed
	}
	l.conns[c] = struct{}{}
	return c, nil
}

func (l *listener) forget(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// open returns the number of connections that are open.
func (l *listener) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

// cut closes the listener and all connections. It returns how many there were.
func (l *listener) cut() int {
	_ = l.Close()
	l.mu.Lock()
	conns := l.conns
	l.conns = nil
	l.mu.Unlock()
	for c := range conns {
		_ = c.(closer).closeOnly()
	}
	return len(conns)
}

// closer is a connection that the listener keeps. closeOnly closes it and does not make the listener forget it.
type closer interface{ closeOnly() error }

type tcpConn struct {
	*net.TCPConn
	listener *listener
}

func (c *tcpConn) Close() error {
	c.listener.forget(c)
	return c.TCPConn.Close()
}

func (c *tcpConn) closeOnly() error { return c.TCPConn.Close() }

type conn struct {
	net.Conn
	listener *listener
}

func (c *conn) Close() error {
	c.listener.forget(c)
	return c.Conn.Close()
}

func (c *conn) closeOnly() error { return c.Conn.Close() }
