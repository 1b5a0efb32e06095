package kongtest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Fault is what happens to an Admin request instead of, before or after the work. next is the Admin API: a fault that does
// not call it leaves the gateway as it was. A fault cuts the connection with panic(http.ErrAbortHandler). One that waits
// should end with the context of r, which ends when the client is gone or the gateway closes.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

type injected struct {
	times int // requests that are left; negative: no limit
	fault Fault
	only  []func(*http.Request) bool
}

// Inject sends the next times Admin requests through f, or all requests until Heal if times is negative. With only, f takes
// and counts just the requests for which all of these functions return true. They may not read the body. A request goes
// through at most one fault, the first injected of those that take it.
func (g *Gateway) Inject(times int, f Fault, only ...func(*http.Request) bool) {
	if times == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = append(g.faults, &injected{times, f, only})
}

// takeFault returns the fault for a request, nil if there is none. The user's functions are called without the lock, since
// they may use the gateway.
func (g *Gateway) takeFault(r *http.Request) Fault {
	g.mu.Lock()
	queue := slices.Clone(g.faults)
	g.mu.Unlock()
	for _, in := range queue {
		if in.isFor(r) && g.take(in) {
			return in.fault
		}
	}
	return nil
}

func (in *injected) isFor(r *http.Request) bool {
	for _, matches := range in.only {
		if !matches(r) {
			return false
		}
	}
	return true
}

// take counts a use of a fault. It reports false if another request had the last one.
func (g *Gateway) take(in *injected) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.faults, in)
	if i < 0 {
		return false
	}
	if in.times > 0 {
		if in.times--; in.times == 0 {
			g.faults = slices.Delete(g.faults, i, i+1)
		}
	}
	return true
}

// Heal removes all faults. Requests in progress keep theirs.
func (g *Gateway) Heal() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = nil
}

// Delay waits before the work. It waits no longer than the client does.
func Delay(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !pause(r, d) {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}
}

// Hang does not do the work and never answers. It ends when the client is gone or the gateway closes.
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

// HalfAnswer does the work and cuts the connection after half of the body. Status and
// Content-Length are those of the whole answer.
func HalfAnswer() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := perform(next, r)
		answer.writeHead(w)
		_, _ = w.Write(answer.body[:len(answer.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Answer answers without doing the work. header holds names and values in turn; a name without a value panics.
func Answer(status int, contentType, body string, header ...string) Fault {
	answer := canned(status, contentType, body, header)
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { answer.write(w) }
}

// AnswerAfter does the work and then gives this answer instead of the true one. Its arguments are those of Answer.
func AnswerAfter(status int, contentType, body string, header ...string) Fault {
	answer := canned(status, contentType, body, header)
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		perform(next, r)
		answer.write(w)
	}
}

// Redirect redirects the client without doing the work.
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

// hang waits until the client is gone or the gateway closes, and cuts the connection.
func hang(r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// pause waits. It reports whether the client is still there.
func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
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
	if len(header)%2 != 0 {
		panic("kongtest: no value for the header " + header[len(header)-1])
	}
	answer := &recorded{status: status, header: http.Header{}, body: []byte(body)}
	if contentType != "" {
		answer.header.Set("Content-Type", contentType)
	}
	if bodyAllowed(status) {
		answer.header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	for pair := range slices.Chunk(header, 2) {
		answer.header.Add(pair[0], pair[1])
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
	maps.Copy(w.Header(), a.header.Clone()) // a canned answer is sent many times
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
