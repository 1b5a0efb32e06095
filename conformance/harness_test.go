package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
)

type serveFunc = func(conformance.App) (string, func(), error)

// listening returns a Serve function of a server that hands its connections to handle.
func listening(t *testing.T, handle func(net.Conn)) serveFunc {
	t.Helper()
	return func(conformance.App) (string, func(), error) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", nil, err
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				handle(conn)
			}
		}()
		return listener.Addr().String(), func() { _ = listener.Close() }, nil
	}
}

// TestHarnessAtFault has harnesses on which no case can run. The error is reported once, before any case.
func TestHarnessAtFault(t *testing.T) {
	held := make(chan net.Conn, 100)
	for says, serve := range map[string]serveFunc{
		"cannot connect to the server": func(conformance.App) (string, func(), error) {
			return "127.0.0.1:1", func() {}, nil
		},
		"the server closed the connection without an answer: ": listening(t, func(c net.Conn) { _ = c.Close() }),
		"without an answer: read tcp":                          listening(t, func(c net.Conn) { held <- c }),
		"the response cannot be parsed": listening(t, func(c net.Conn) {
			_, _ = c.Write([]byte("hello\r\n\r\n"))
			_ = c.Close()
		}),
		"Serve of the harness panicked: no framework":                func(conformance.App) (string, func(), error) { panic("no framework") },
		"Serve of the harness did not return within 1s":              func(conformance.App) (string, func(), error) { select {} },
		"the harness failed to serve: no port":                       func(conformance.App) (string, func(), error) { return "", nil, errors.New("no port") },
		"must return the address that it listens on":                 func(conformance.App) (string, func(), error) { return "", func() {}, nil },
		"and a function that stops it":                               func(conformance.App) (string, func(), error) { return "127.0.0.1:1", nil, nil },
		"stop of the harness panicked: again":                        stopping(func() { panic("again") }),
		"stop of the harness did not return within 1s":               stopping(func() { select {} }),
		"conformance: no case can run on at-fault: the harness fail": func(conformance.App) (string, func(), error) { return "", nil, errors.New("") },
	} {
		wait := patience
		switch { // this time passes
		case strings.HasSuffix(says, "did not return within 1s"):
			wait = 500 * time.Millisecond
		case says == "without an answer: read tcp":
			wait = 2 * time.Second
		}
		report, err := conformance.Check(t.Context(), conformance.Harness{Name: "at-fault", Serve: serve, Timeout: wait})
		assert.ErrorContains(t, err, says)
		assert.Empty(t, report.Results)
		assert.ErrorContains(t, report.Err(), "cases ran")
	}
	for len(held) > 0 {
		_ = (<-held).Close()
	}
}

func stopping(stop func()) serveFunc {
	return func(app conformance.App) (string, func(), error) {
		addr, end, err := sound().serve(app)
		return addr, func() { end(); stop() }, err
	}
}

func TestHarnessNeedsItsFields(t *testing.T) {
	serve := sound().serve
	for says, h := range map[string]conformance.Harness{
		"needs a Name and Serve":                  {Name: "a"},
		"a Harness needs a Name":                  {Serve: serve},
		`the name "a/b" must be usable as a file`: {Name: "a/b", Serve: serve},
		`the exemption of "outcomes/nothing" ne`:  {Name: "a", Serve: serve, Exempt: map[string]string{"outcomes/nothing": "x"}},
		`exemption of "outcomes/malformed" need`:  {Name: "a", Serve: serve, Exempt: map[string]string{"outcomes/malformed": " "}},
	} {
		_, err := conformance.Check(t.Context(), h)
		assert.ErrorContains(t, err, says)
	}
}

// TestPartialRunIsNoProof cancels a run before its end.
func TestPartialRunIsNoProof(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	served := 0
	report, err := conformance.Check(ctx, conformance.Harness{Name: "a", Serve: func(app conformance.App) (string, func(), error) {
		if served++; served > 5 {
			cancel()
		}
		return sound().serve(app)
	}})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Less(t, len(report.Results), report.Planned)
	assert.ErrorContains(t, report.Err(), fmt.Sprintf("only 5 of %d cases ran", report.Planned))
	report.Results = nil
	assert.ErrorContains(t, report.Err(), "0 of ")
	assert.Error(t, conformance.Report{}.Err(), "the zero Report proves nothing")
}

// TestExemptionThatPasses exempts a case that passes, which is a failure, and cases that fail, which is not.
func TestExemptionThatPasses(t *testing.T) {
	h := conformance.Harness{Name: "a", Serve: sound().serve, Timeout: patience, Exempt: map[string]string{"outcomes/malformed": "untrue"}}
	report, err := conformance.Check(t.Context(), h)
	assert.ErrorContains(t, err, "a: outcomes/malformed: exempt (untrue), but it passed: remove the exemption")
	assert.Len(t, report.Results, report.Planned)
	h.Serve = func(app conformance.App) (string, func(), error) {
		a := sound()
		faults["hides the second header"](a)
		return a.serve(app)
	}
	h.Exempt = map[string]string{}
	report, err = conformance.Check(t.Context(), h)
	require.Error(t, err)
	for _, r := range report.Results {
		if r.Failed() {
			h.Exempt[r.Case.Name] = "known"
		}
	}
	report, err = conformance.Check(t.Context(), h)
	assert.NoError(t, err, "an exempt case may fail")
	text, err := json.Marshal(report)
	require.NoError(t, err)
	var again conformance.Report
	require.NoError(t, json.Unmarshal(text, &again))
	assert.NoError(t, again.Err())
	assert.Equal(t, report.Results[2].Outcome(), again.Results[2].Outcome())
	assert.Equal(t, "exempt", again.Results[2].Outcome())
	assert.Error(t, json.Unmarshal([]byte(`{"results":[{"case":"x","outcome":"passed","problem":"p"}]}`), &again))
}

// TestFailureReads compares the text of one failure.
func TestFailureReads(t *testing.T) {
	a := sound()
	faults["hides the second header"](a)
	_, err := conformance.Check(t.Context(), conformance.Harness{Name: "mine", Serve: a.serve, Timeout: patience})
	require.Error(t, err)
	assert.Contains(t, err.Error(), `mine: outcomes/malformed: 
rule   Two Authorization fields are answered with 400 and error="invalid_request".
       ARCHITECTURE.md, What the client gets
sent   GET /x | Authorization: Bearer user:ann | Authorization: Bearer user:ann
got    200 [] for ann, handler ran for [ann]
want   400 "Bearer realm=\"microkubes\", error=\"invalid_request\"" {"code":400,"message":"malformed request"}, handler does not run
so     the status differs`)
}

// TestChainThatRefusesEverybodyFails holds that each case has a request that must be served.
func TestChainThatRefusesEverybodyFails(t *testing.T) {
	closed := func(conformance.App) (string, func(), error) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Www-Authenticate", `Bearer realm="microkubes"`)
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"code":401,"message":"authentication required"}`))
		}))
		return server.Listener.Addr().String(), server.Close, nil
	}
	report, err := conformance.Check(t.Context(), conformance.Harness{Name: "closed", Serve: closed, Timeout: time.Second})
	require.Error(t, err)
	require.Len(t, report.Results, report.Planned)
	for _, r := range report.Results {
		assert.Error(t, r.Err, r.Case.Name)
	}
}
