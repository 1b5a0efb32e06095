package kongtest

import (
	"net/http"
	"time"
)

// Fault is what happens to an Admin request instead of, before or after the work. next is the Admin API: a fault that does
// not call it leaves the gateway as it was. A fault cuts the connection with panic(http.ErrAbortHandler). One that waits
// should end with the context of r, which ends when the client is gone or the gateway closes.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

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
