package kongtest

import (
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Fault is what happens to an Admin request instead of, before or after the work. next is the Admin API: a fault that does
// not call it leaves the gateway as it was. A fault cuts the connection with panic(http.ErrAbortHandler).
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

type injected struct {
	times int // negative: for ever
	fault Fault
}

// Inject sends the next times Admin requests, of any method, through f. Several Injects queue up in order. With a negative
// times all requests go through f until Heal.
func (g *Gateway) Inject(times int, f Fault) {
	if times == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = append(g.faults, injected{times, f})
}

// Heal takes back all faults that were injected. Requests that are under way keep theirs.
func (g *Gateway) Heal() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = nil
}

// Delay waits, and then answers. It waits no longer than the client does.
func Delay(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !pause(r, d) {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}
}

// Hang reads the request and never answers. It ends when the client is gone or the gateway closes.
func Hang() Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { hang(r) }
}

// HangAfter does the work and never answers.
func HangAfter() Fault {
	return func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		perform(next, r)
		hang(r)
	}
}

// Cut cuts the connection before the work.
func Cut() Fault {
	return func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
}

// CutAfter does the work and cuts the connection before any answer.
func CutAfter() Fault {
	return func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		perform(next, r)
		panic(http.ErrAbortHandler)
	}
}

// HalfAnswer does the work and cuts the connection after half of the body. Status and Content-Length are the right ones.
func HalfAnswer() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := perform(next, r)
		answer.writeHead(w)
		_, _ = w.Write(answer.body[:len(answer.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Answer answers without doing the work. header holds names and values in turn.
func Answer(status int, contentType, body string, header ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		canned(status, contentType, body, header).write(w)
	}
}

// AnswerAfter does the work and then gives this answer instead of the true one. header holds names and values in turn.
func AnswerAfter(status int, contentType, body string, header ...string) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		perform(next, r)
		canned(status, contentType, body, header).write(w)
	}
}

// Redirect sends the client elsewhere, without doing the work.
func Redirect(status int, location string) Fault {
	return Answer(status, "text/html; charset=UTF-8", "", "Location", location)
}

// Drip does the work and sends the answer byte by byte, with a pause before each.
func Drip(between time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := perform(next, r)
		answer.writeHead(w)
		_ = http.NewResponseController(w).Flush()
		for i := range answer.body {
			if !pause(r, between) {
				panic(http.ErrAbortHandler)
			}
			_, _ = w.Write(answer.body[i : i+1])
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// When applies f to the requests that match. Others pass untouched, but count as one of the times of Inject.
func When(match func(*http.Request) bool, f Fault) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if match(r) {
			f(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// hang waits until the client is gone or the gateway closes, and cuts.
func hang(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	closed, _ := r.Context().Value(closedKey{}).(chan struct{})
	select {
	case <-r.Context().Done():
	case <-closed:
	}
	panic(http.ErrAbortHandler)
}

// pause reports whether the client is still there after it.
func pause(r *http.Request, d time.Duration) bool {
	closed, _ := r.Context().Value(closedKey{}).(chan struct{})
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-closed:
	}
	return false
}

// recorded is an answer that is not sent yet.
type recorded struct {
	status int
	header http.Header
	body   []byte
}

func perform(next http.Handler, r *http.Request) *recorded {
	answer := &recorded{header: http.Header{}}
	next.ServeHTTP(answer, r)
	return answer
}

func canned(status int, contentType, body string, header []string) *recorded {
	answer := &recorded{status: status, header: http.Header{}, body: []byte(body)}
	if contentType != "" {
		answer.header.Set("Content-Type", contentType)
	}
	if bodyAllowed(status) {
		answer.header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	for i := 0; i+1 < len(header); i += 2 {
		answer.header.Add(header[i], header[i+1])
	}
	return answer
}

func (a *recorded) Header() http.Header { return a.header }

func (a *recorded) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *recorded) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, p...)
	return len(p), nil
}

func (a *recorded) writeHead(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
}

func (a *recorded) write(w http.ResponseWriter) {
	a.writeHead(w)
	if bodyAllowed(a.status) {
		_, _ = w.Write(a.body)
	}
}

func bodyAllowed(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}
