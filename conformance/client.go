package conformance

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// answer is one response, as it was received.
type answer struct {
	status  int
	header  http.Header
	body    string
	trailed bool // bytes came after the end of the response
}

// request is one request. Method wire adds the blank line, and Content-Length unless the body is in chunks.
type request struct {
	method  string
	target  string
	host    string   // empty: suite.test; noHost: no Host field
	headers []string // whole field lines
	body    string
	token   string // the name of a real token in headers, for reports; empty: the headers have names of the suite
}

// noHost is the host of a request without a Host field.
const noHost = "-"

// chunked is the field line of a request whose body is in chunks (RFC 9112, section 7.1).
const chunked = "Transfer-Encoding: chunked"

func get(target string, headers ...string) request {
	return request{method: "GET", target: target, headers: headers}
}

func (r request) as(method string) request {
	r.method = method
	return r
}

func bearer(token string) string { return "Authorization: Bearer " + token }

func (r request) wire(connection string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.method, r.target)
	if r.host != noHost {
		fmt.Fprintf(&b, "Host: %s\r\n", cmp.Or(r.host, "suite.test"))
	}
	fmt.Fprintf(&b, "Connection: %s\r\nAccept: */*\r\n", connection)
	for _, h := range r.headers {
		b.WriteString(h + "\r\n")
	}
	if r.body != "" && !slices.Contains(r.headers, chunked) {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.body))
	}
	return b.String() + "\r\n" + r.body
}

// connect opens a connection with the deadline of one wait.
func (w *witness) connect() (net.Conn, error) {
	dialer := net.Dialer{Timeout: w.patience}
	conn, err := w.at.dial(w.ctx, &dialer)
	if err != nil {
		return nil, fmt.Errorf("cannot connect to the server: %w", err)
	}
	return conn, w.patiently(conn)
}

func (w *witness) patiently(conn net.Conn) error {
	deadline := time.Now().Add(w.patience)
	if end, ok := w.ctx.Deadline(); ok && end.Before(deadline) {
		deadline = end
	}
	return conn.SetDeadline(deadline)
}

// once sends a request on a new connection and reads until the server closes it.
func (w *witness) once(r request) (*answer, error) {
	r = w.at.outgoing(r)
	conn, err := w.connect()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, r.wire("close")); err != nil {
		return nil, fmt.Errorf("the request could not be sent: %w", err)
	}
	raw, err := io.ReadAll(conn)
	if len(raw) == 0 {
		return nil, fmt.Errorf("the server closed the connection without an answer: %w", cmp.Or(err, io.EOF))
	}
	in := bufio.NewReader(bytes.NewReader(raw))
	a, err := read(in, r.method)
	if err != nil {
		return nil, err
	}
	_, err = in.ReadByte()
	a.trailed = err == nil
	return a, nil
}

func read(in *bufio.Reader, method string) (*answer, error) {
	res, err := http.ReadResponse(in, &http.Request{Method: method})
	for err == nil && res.StatusCode/100 == 1 && res.StatusCode != http.StatusSwitchingProtocols { // interim: the answer follows
		res, err = http.ReadResponse(in, &http.Request{Method: method})
	}
	if err != nil {
		return nil, fmt.Errorf("the response cannot be parsed: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("the body of the response is incomplete: %w", err)
	}
	return &answer{status: res.StatusCode, header: res.Header, body: string(body)}, nil
}

// session is one connection for several requests.
type session struct {
	w    *witness
	conn net.Conn
	in   *bufio.Reader
}

func (w *witness) dial() (*session, error) {
	conn, err := w.connect()
	if err != nil {
		return nil, err
	}
	return &session{w: w, conn: conn, in: bufio.NewReader(conn)}, nil
}

func (s *session) send(r request) (*answer, error) {
	r = s.w.at.outgoing(r)
	if err := s.w.patiently(s.conn); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(s.conn, r.wire("keep-alive")); err != nil {
		return nil, fmt.Errorf("the request could not be sent: %w", err)
	}
	return read(s.in, r.method)
}

func (s *session) close() { _ = s.conn.Close() }
