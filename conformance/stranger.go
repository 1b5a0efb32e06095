package conformance

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// stranger is a [Target] as a deployment.
type stranger struct {
	Target
	ctx    context.Context // of the run
	addr   string
	host   string
	server string // the name in the certificate
	prefix string
	scheme string
	offers need

	tokens map[string]string // the real tokens by kind
	at     string            // the path in place of /x, in this case
	now    Case
	found  Judgment
	silent int           // the number of requests without an answer since the last answer
	pause  time.Duration // before each request, once the service has limited them
	down   error         // not nil once the run must stop
}

const (
	maxAnswer = 1 << 20 // bytes that are read of one connection
	maxSilent = 3       // requests without an answer after which the run stops
	maxLimits = 4       // answers with 429 to one request after which the run stops
)

// ready reports why no case can be tried. It also finds out what the service offers.
func (s *stranger) ready(ctx context.Context) error {
	s.at = s.Protected
	w := &witness{ctx: ctx, patience: s.Timeout, at: s}
	got, err := s.exchange(w, s.render(get("/x", bearer("user:ann")), s.real))
	if err != nil {
		return fmt.Errorf("%s does not answer as a server of HTTP/1.1: %w", s.URL, cmp.Or(s.down, err))
	}
	if got.status/100 != 2 {
		advice := "The token must be one that the service accepts"
		if s.Token == "" {
			advice = "Set the issuer, the algorithm and the claims of the token (-issuer, -alg and -claims) " +
				"to what the service expects"
		}
		return fmt.Errorf("a good token is not served at %s: got %s\nThe path must answer GET with 2xx to a good token. %s; "+
			"its log may say why it refuses this one", s.Protected, s.describe(got), advice)
	}
	s.offers |= closedPaths
	for _, path := range []string{"/" + rand.Text(), s.climb("/..") + "/" + rand.Text()} {
		got, err := s.exchange(w, request{method: http.MethodGet, target: s.prefix + path, host: s.host})
		if s.down != nil {
			return s.down
		}
		if err == nil && got.status/100 == 2 {
			s.offers &^= closedPaths
		}
	}
	return nil
}

// try tries a case, if the service offers what it needs.
func (s *stranger) try(ctx context.Context, c Case) error {
	if missing := c.needs &^ s.offers; missing != 0 {
		s.found.NotTried = append(s.found.NotTried, Untried{c.Name, missing.String()})
		return nil
	}
	s.now, s.at = c, s.Protected
	switch {
	case c.needs&restrictedPath != 0:
		s.at = s.Restricted
	case c.needs&optionalPath != 0:
		s.at = s.Optional
	}
	s.found.Tried = append(s.found.Tried, c.Name)
	err := c.try(&witness{ctx: ctx, patience: s.Timeout, at: s})
	if ctx.Err() != nil || s.down != nil {
		return errors.Join(ctx.Err(), s.down)
	}
	s.addErrors(err)
	return nil
}

// addErrors makes a finding of each error that try has returned. Most have the lines sent, got and so.
func (s *stranger) addErrors(err error) {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range all.Unwrap() {
			s.addErrors(err)
		}
		return
	}
	if err == nil {
		return
	}
	sent, got, ok := strings.Cut(err.Error(), "\ngot    ")
	if !ok {
		v := verdict{s.now.meant, "the requests of the case were not all answered"}
		s.add(v, "requests ahead of their answers", err.Error())
		return
	}
	got, problem, _ := strings.Cut(got, "\nso     ")
	s.add(verdict{s.now.meant, problem}, strings.Replace(sent, ": sent   ", ": ", 1), clip(got))
}

// expect implements deployment. What differs becomes a finding, so the error is nil unless the run must stop.
func (s *stranger) expect(w *witness, st step) error {
	real, ok := s.translate(st, s.real)
	if !ok {
		return nil
	}
	if s.down != nil {
		return s.down
	}
	got, err := s.exchange(w, real)
	if s.down != nil {
		return s.down
	}
	shown, _ := s.translate(st, s.label)
	if err != nil {
		switch {
		case st.want.user != "":
			s.add(verdict{Refuses, "it has no answer, but should be served"}, shown.text(), err.Error())
		case !st.want.server:
			s.add(verdict{Misleads, "it has no answer, but should be refused with one"}, shown.text(), err.Error())
		}
		return nil
	}
	s.judge(st, shown, got)
	return nil
}

// answers implements deployment.
func (s *stranger) answers(st step, got *answer) error {
	if got.status == http.StatusTooManyRequests {
		s.found.Limited++
		return nil
	}
	shown, _ := s.translate(st, s.label)
	s.judge(st, shown, got)
	return nil
}

func (s *stranger) judge(st step, shown request, got *answer) {
	if v := judge(st, got); v != (verdict{}) {
		s.add(v, shown.text(), s.describe(got))
	}
	if st.send.method == http.MethodHead && got.trailed {
		s.add(verdict{Misleads, "the answer to HEAD has a body"}, shown.text(), s.describe(got))
	}
}

func (s *stranger) add(v verdict, sent, got string) {
	c := s.now
	s.found.add(Finding{Case: c.Name, Rule: c.Rule, Page: c.Page, Why: c.Why, Severity: v.severity, Problem: v.problem,
		Sent: shorten(s.plain(sent)), Got: s.plain(got)})
}

var longWord = regexp.MustCompile(`\S{100,}`)

// shorten cuts words that are too long to be read.
func shorten(text string) string {
	return longWord.ReplaceAllStringFunc(text, func(word string) string {
		return fmt.Sprintf("%s… (%d bytes)", word[:40], len(word))
	})
}

// exchange sends a request on a new connection and reads the head of the answer. A redirect is not followed. It waits and sends
// again while the service limits requests.
func (s *stranger) exchange(w *witness, q request) (*answer, error) {
	for range maxLimits {
		s.wait(s.pause)
		got, err := s.one(w, q)
		var timeout net.Error
		switch {
		case s.ctx.Err() != nil:
			s.down = s.ctx.Err()
			return nil, s.down
		case err != nil:
			if errors.As(err, &timeout) && timeout.Timeout() {
				if s.silent++; s.silent >= maxSilent {
					s.down = fmt.Errorf("the service has not answered %d requests in a row within %v", s.silent, s.Timeout)
				}
				return nil, fmt.Errorf("no answer within %v", s.Timeout)
			}
			return nil, errors.New(s.plain(err.Error())) // it may quote the answer
		case got.status != http.StatusTooManyRequests:
			s.silent = 0
			s.found.Requests++
			return got, nil
		}
		s.found.Limited++
		after := time.Second
		if n, err := strconv.Atoi(got.header.Get("Retry-After")); err == nil {
			after = time.Duration(min(max(n, 0), 10)) * time.Second
		}
		s.pause = min(after, time.Second)
		s.wait(after)
	}
	s.down = errors.New("the service limits requests and goes on to answer 429: raise its limit for the test")
	return nil, s.down
}

func (s *stranger) wait(d time.Duration) {
	if d == 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-s.ctx.Done():
	}
}

func (s *stranger) one(w *witness, q request) (*answer, error) {
	conn, err := w.connect()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, q.wire("close")) // a server may refuse before it has read everything
	in := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(in, &http.Request{Method: q.method}) //nolint:bodyclose // Close would read an endless body
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("the connection was closed without an answer")
		case err != nil:
			return nil, err
		case res.StatusCode/100 == 1 && res.StatusCode != http.StatusSwitchingProtocols: // interim: the answer follows
			continue
		}
		a := &answer{status: res.StatusCode, header: res.Header}
		if q.method == http.MethodHead {
			_, err := in.ReadByte()
			a.trailed = err == nil
		}
		return a, nil
	}
}

// dial implements deployment.
func (s *stranger) dial(ctx context.Context, dialer *net.Dialer) (net.Conn, error) {
	conn, err := dialer.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		s.down = fmt.Errorf("cannot connect to %s: %w", s.addr, err)
		return nil, s.down
	}
	if s.scheme == "https" {
		encrypted := tls.Client(conn, &tls.Config{ServerName: s.server, RootCAs: s.Roots, MinVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"}})
		shake, cancel := context.WithTimeout(ctx, s.Timeout)
		defer cancel()
		if err := encrypted.HandshakeContext(shake); err != nil {
			_ = conn.Close()
			s.down = fmt.Errorf("no TLS with %s: %s", s.addr, s.plain(err.Error())) // it may quote the certificate
			return nil, s.down
		}
		conn = encrypted
	}
	return &bounded{Conn: conn, left: maxAnswer}, nil
}

// bounded is a connection of which only so many bytes are read.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.EOF
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// CloseWrite closes the connection for writing, as that of TCP and of TLS does.
func (b *bounded) CloseWrite() error {
	if half, ok := b.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
