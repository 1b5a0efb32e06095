package verdict

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Service is one of the services that are compared.
type Service struct {
	Serve func(net.Listener) error // ends with an error when the listener is closed
	Stop  func()                   // ends what Serve does not; may be nil

	recorded map[string]answer // by the name of the request; not nil: the service is not run
}

// HTTP returns a service of net/http.
func HTTP(h http.Handler) Service {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	return Service{Serve: server.Serve, Stop: func() { _ = server.Close() }}
}

// answer is what a client sees of a verdict.
type answer struct {
	status    int
	challenge string // the error code in WWW-Authenticate, the scheme if there is no code, or "" if there is no challenge
	body      string // of an answer from 200 to 299
}

func (a answer) served() bool { return a.status < 300 }

func (a answer) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.status, a.challenge))
}

const patience = 10 * time.Second

// Answers serves s on a loopback address and returns its answer to each request.
func (s Service) Answers(requests []Request) ([]answer, error) {
	if s.recorded != nil {
		return s.look(requests)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(listener) // the error is that the listener was closed, or the first request fails
	}()
	defer func() {
		_ = listener.Close()
		<-ended
		if s.Stop != nil {
			s.Stop()
		}
	}()
	all := make([]answer, len(requests))
	for n, r := range requests {
		if all[n], err = r.send(listener.Addr().String()); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return all, nil
}

// send sends the request byte by byte, as no client of net/http would.
func (r Request) send(address string) (answer, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return answer{}, err
	}
	method, target, _ := strings.Cut(r.line, " ")
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: orders.example.com\r\n", method, target)
	for _, field := range r.fields {
		b.WriteString(field + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\nConnection: close\r\n\r\n")
	if _, err := io.WriteString(conn, b.String()); err != nil {
		return answer{}, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: response.StatusCode, challenge: challenge(response.Header.Values("WWW-Authenticate"))}
	if a.served() {
		a.body = string(body)
	}
	return a, nil
}

var errorCode = regexp.MustCompile(`error="([^"]*)"`)

func challenge(fields []string) string {
	all := strings.Join(fields, ", ")
	if m := errorCode.FindStringSubmatch(all); m != nil {
		return m[1]
	}
	scheme, _, _ := strings.Cut(all, " ")
	return scheme
}
