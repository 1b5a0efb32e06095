package kongtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// wire is an http.RoundTripper without a network. If an answer is cut, it returns an error, or a body that ends early.
type wire struct{ *kongtest.Gateway }

func (w wire) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	recorder := httptest.NewRecorder()
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		if r.Body == nil {
			r.Body = http.NoBody
		}
		w.Admin().ServeHTTP(recorder, r)
	}()
	select {
	case <-r.Context().Done():
		<-done
		return nil, r.Context().Err()
	case cut := <-done:
		if cut != nil && cut != http.ErrAbortHandler { //nolint:errorlint // it is the value of a panic, which is never wrapped
			panic(cut)
		}
		result := recorder.Result()
		if cut != nil && recorder.Body.Len() == 0 {
			return nil, io.EOF
		}
		if cut != nil {
			result.Body = io.NopCloser(io.MultiReader(result.Body, broken{}))
		}
		return result, nil
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// faultCase is a fault and its effect on a client.
type faultCase struct {
	name   string
	fault  kongtest.Fault
	status int    // 0: no answer
	body   string // the beginning of the body
	broken bool   // the body ends early
	done   bool   // the service exists afterwards
	logged int    // the status in the log
}

// faultCases returns all faults. Delay waits for delay.
func faultCases(delay time.Duration) []faultCase {
	return []faultCase{
		{"Delay", kongtest.Delay(delay), 200, `{`, false, true, 200},
		{"Delay for too long", kongtest.Delay(time.Hour), 0, ``, false, false, 0},
		{"Hang", kongtest.Hang(), 0, ``, false, false, 0},
		{"HangAfter", kongtest.HangAfter(), 0, ``, false, true, 0},
		{"Cut", kongtest.Cut(), 0, ``, false, false, 0},
		{"CutAfter", kongtest.CutAfter(), 0, ``, false, true, 0},
		{"HalfAnswer", kongtest.HalfAnswer(), 200, `{"`, true, true, 0},
		{"Answer", kongtest.Answer(503, "text/plain", "later", "Retry-After", "7"), 503, `later`, false, false, 503},
		{"AnswerAfter", kongtest.AnswerAfter(500, "application/json", `{"message":"x"}`), 500, `{"message":"x"}`, false, true, 500},
		{"Redirect", kongtest.Redirect(302, "http://elsewhere/"), 302, ``, false, false, 302},
		{"Drip", kongtest.Drip(100 * time.Microsecond), 200, `{`, false, true, 200},
		{"Drip for too long", kongtest.Drip(time.Minute), 0, ``, false, true, 0},
	}
}

func isPut(r *http.Request) bool { return r.Method == http.MethodPut }

// begins calls begun when the fault has done all that it does before an answer.
func (c faultCase) begins(begun func()) kongtest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !c.done {
			begun()
		}
		c.fault(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			if c.done {
				begun()
			}
		}))
	}
}

// checkFaults injects each fault. If a fault never answers, the client gives up after patience, which begins with the fault: on a
// slow machine the request takes long to arrive.
func checkFaults(t *testing.T, cases []faultCase, gateway *kongtest.Gateway, transport http.RoundTripper, base string,
	patience time.Duration) {
	t.Helper()
	for _, row := range cases {
		gateway.Forget()
		ctx, cancel := context.WithCancel(t.Context())
		gateway.Inject(1, row.begins(func() {
			if row.status == 0 { // otherwise the answer comes in the end
				time.AfterFunc(patience, cancel)
			}
		}))
		request, err := http.NewRequestWithContext(ctx, http.MethodPut, base+"/services/s", strings.NewReader(`{"host":"h"}`))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		answer, err := transport.RoundTrip(request)
		switch {
		case row.status == 0 && err == nil: // a slow answer may have sent its header
			_, err = io.ReadAll(answer.Body)
			require.Error(t, err, row.name)
		case row.status == 0:
		default:
			require.NoError(t, err, row.name)
			body, err := io.ReadAll(answer.Body)
			assert.Equal(t, row.status, answer.StatusCode, row.name)
			assert.True(t, strings.HasPrefix(string(body), row.body), "%s: %s", row.name, body)
			assert.Equal(t, row.broken, errors.Is(err, io.ErrUnexpectedEOF), "%s: %v", row.name, err)
			if row.name == "Answer" {
				assert.Equal(t, "7", answer.Header.Get("Retry-After"))
			}
			if row.name == "Redirect" {
				assert.Equal(t, "http://elsewhere/", answer.Header.Get("Location"))
			}
		}
		cancel()
		tester := &tester{t, gateway}
		status := tester.ask("GET /services/s").Code
		assert.Equal(t, row.done, status == http.StatusOK, row.name)
		logged := func() bool { return gateway.Requests()[0].Status == row.logged }
		for begun := time.Now(); !logged() && time.Since(begun) < time.Minute; {
			time.Sleep(time.Millisecond) // the client may have the answer before it is logged
		}
		assert.True(t, logged(), row.name)
		tester.want(http.StatusNoContent, "DELETE /services/s")
	}
}

func TestFaultsInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gateway := kongtest.New(kongtest.Config{})
		defer gateway.Close()
		checkFaults(t, faultCases(time.Second), gateway, wire{gateway}, "http://kong", 3*time.Second)
	})
}

func TestFaultsOverTheNetwork(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	transport := &http.Transport{DisableKeepAlives: true}
	checkFaults(t, faultCases(10*time.Millisecond), gateway, transport, gateway.AdminURL(), 50*time.Millisecond)
}

func TestInject(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	k.Inject(0, kongtest.Cut())
	k.Inject(2, kongtest.Answer(501, "", ""))
	k.Inject(1, kongtest.Cut(), isPut)
	k.Inject(1, kongtest.Answer(502, "", ""))
	for _, want := range []int{501, 501, 502, 200} {
		assert.Equal(t, want, k.ask("GET /").Code)
	}
	k.Inject(-1, kongtest.Answer(503, "", ""))
	k.Inject(1, kongtest.Answer(504, "", ""))
	for range 5 {
		assert.Equal(t, 503, k.ask("GET /").Code)
	}
	k.Heal()
	assert.Equal(t, 200, k.ask("GET /").Code)
	k.Inject(1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		r.Header.Set("X-Seen", "1")
		next.ServeHTTP(w, r)
	})
	assert.Equal(t, 200, k.ask("GET /").Code, "a fault may be any function")
}

func TestInjectForSome(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	first := func(*http.Request) bool { return len(k.Requests()) == 1 } // the function may use the gateway
	k.Inject(1, kongtest.Answer(501, "", ""), isPut)
	k.Inject(1, kongtest.Answer(502, "", ""), isPut, first)
	k.Inject(1, kongtest.Answer(503, "", ""))
	for i, row := range []struct {
		request string
		status  int
	}{
		{"GET /", 503}, // it is not a PUT, so the other faults remain
		{"GET /", 200},
		{"PUT /services/s {}", 501},
		{"PUT /services/s {}", 400}, // not the first request
	} {
		assert.Equal(t, row.status, k.ask(row.request).Code, "request %d", i)
	}
	k.Forget()
	assert.Equal(t, 502, k.ask("PUT /services/s {}").Code)
	assert.Equal(t, 400, k.ask("PUT /services/s {}").Code)
}

// TestInjectCountsEach sends many requests at once. The fault handles exactly the given number of them.
func TestInjectCountsEach(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	k.Inject(7, kongtest.Answer(503, "", ""), isPut)
	var refused atomic.Int32
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if k.ask("PUT /upstreams/u {}").Code == 503 {
				refused.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 7, refused.Load())
}

func TestAnswerNeedsValues(t *testing.T) {
	for _, header := range [][]string{{"Retry-After"}, {"A", "1", "B"}} {
		assert.Panics(t, func() { kongtest.Answer(503, "", "", header...) })
		assert.Panics(t, func() { kongtest.AnswerAfter(503, "", "", header...) })
	}
	assert.NotPanics(t, func() { kongtest.Answer(503, "", "", "A", "1", "A", "2") })
}

// TestCloseEndsFaults is for gateways without listeners, which have no connections to close.
func TestCloseEndsFaults(t *testing.T) {
	for name, fault := range map[string]kongtest.Fault{
		"Hang": kongtest.Hang(), "HangAfter": kongtest.HangAfter(), "Delay": kongtest.Delay(time.Hour), "Drip": kongtest.Drip(time.Hour),
		"one of the user's": func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gateway := kongtest.New(kongtest.Config{})
				gateway.Inject(1, fault)
				ended := make(chan any, 1)
				go func() {
					defer func() { ended <- recover() }()
					gateway.Admin().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
				}()
				synctest.Wait()
				require.Empty(t, ended, "it waits")
				began := time.Now()
				gateway.Close()
				assert.Equal(t, http.ErrAbortHandler, <-ended)
				assert.Zero(t, time.Since(began))
			})
		})
	}
}

func TestHalfAnswerHasTheLength(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	gateway.Inject(1, kongtest.HalfAnswer())
	answer, err := http.Get(gateway.AdminURL() + "/services")
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.EqualValues(t, len(`{"data":[],"next":null}`), answer.ContentLength)
	assert.Len(t, body, len(`{"data":[],"next":null}`)/2)
}
