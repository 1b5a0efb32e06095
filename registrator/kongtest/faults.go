package kongtest

import (
	"net/http"
	"time"
)

// Fault handles an Admin request in place of the Admin API, which is next. A fault that does not call next leaves the gateway
// unchanged. To cut the connection, a fault panics with http.ErrAbortHandler. A fault that waits should end with the context of
// r, which is canceled when the client disconnects or the gateway closes.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Delay waits for d and then handles the request. If the client disconnects or the gateway closes while Delay waits, the request
// is not handled.
func Delay(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !pause(r, d) {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}
}

// Hang neither handles the request nor answers. It ends when the client disconnects or the gateway closes.
func Hang() Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { hang(r) }
}

// HangAfter handles the request and never answers. It ends as Hang does.
func HangAfter() Fault {
	return func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		perform(next, r)
		hang(r)
	}
}

// Cut cuts the connection without handling the request.
func Cut() Fault {
	return func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
}

// CutAfter handles the request and cuts the connection without an answer.
func CutAfter() Fault {
	return func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		perform(next, r)
		panic(http.ErrAbortHandler)
	}
}

// HalfAnswer handles the request and cuts the connection after half of the body. The status and Content-Length are those of the
// whole answer.
func HalfAnswer() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := perform(next, r)
		answer.writeHead(w)
		_, _ = w.Write(answer.body[:len(answer.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Answer answers without handling the request. header alternates names and values. Answer panics if the last name has no value.
func Answer(status int, contentType, body string, header ...string) Fault {
	answer := canned(status, contentType, body, header)
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { answer.write(w) }
}

// AnswerAfter handles the request and then sends this answer in place of the real one. Its arguments are those of Answer.
func AnswerAfter(status int, contentType, body string, header ...string) Fault {
	answer := canned(status, contentType, body, header)
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		perform(next, r)
		answer.write(w)
	}
}

// Redirect redirects the client without handling the request.
func Redirect(status int, location string) Fault {
	return Answer(status, "text/html; charset=UTF-8", "", "Location", location)
}

// Drip handles the request and sends the body of the answer byte by byte, with a pause before each byte.
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

// hang waits until the client disconnects or the gateway closes, and cuts the connection.
func hang(r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// pause waits for d. It returns false if the client disconnects or the gateway closes first.
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
