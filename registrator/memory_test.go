package registrator_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// memory is a transport that calls a handler without a socket, so that it works in virtual time.
type memory struct{ handler http.Handler }

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	answer := &recorded{header: http.Header{}, done: make(chan struct{})}
	go func() {
		defer close(answer.done)
		defer func() {
			if p := recover(); p != nil {
				answer.cut = true
			}
		}()
		m.handler.ServeHTTP(answer, r)
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-answer.done:
	}
	if answer.status == 0 && answer.cut {
		return nil, &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	}
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	body := io.Reader(&answer.body)
	if answer.cut {
		body = io.MultiReader(body, failing{})
	}
	return &http.Response{StatusCode: answer.status, Header: answer.header, Body: io.NopCloser(body), Request: r, ProtoMajor: 1}, nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
	cut    bool
	done   chan struct{}
}

func (r *recorded) Header() http.Header { return r.header }
func (r *recorded) Flush()              {}

func (r *recorded) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorded) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// down is a transport that refuses connections until up is set.
type down struct {
	next http.RoundTripper
	up   atomic.Bool
}

func (d *down) RoundTrip(r *http.Request) (*http.Response, error) {
	if !d.up.Load() {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	return d.next.RoundTrip(r)
}

// refusing is a transport that always fails with err, and counts its calls.
type refusing struct {
	err   error
	calls atomic.Int32
}

func (f *refusing) RoundTrip(*http.Request) (*http.Response, error) {
	f.calls.Add(1)
	return nil, f.err
}

// inVirtualTime runs a test in a bubble of testing/synctest: waiting takes no time, and times are exact.
func inVirtualTime(t *testing.T, config kongtest.Config, test func(t *testing.T, k *kongtest.Gateway)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := kongtest.New(config)
		defer k.Close()
		test(t, k)
	})
}
