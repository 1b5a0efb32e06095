package mount

import (
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
)

// maxBuffered is how many bytes of an answer are buffered before it is sent as it is written.
const maxBuffered = 256 << 10

// writer is the [http.ResponseWriter] of one request. The handler runs in a goroutine of its own, so that the answer can be sent
// while the handler writes it.
type writer struct {
	header   http.Header
	log      func(format string, args ...any)
	front    []string    // the names in header that middleware in front has set
	sent     http.Header // a copy of header from when the status was written
	status   int         // 0 until it is written
	declared int64       // the Content-Length, -1 if there is none
	written  int64       // the bytes that the handler wrote
	body     []byte      // the bytes that were written before the stream; for HEAD as many as determine the media type
	request  *requestBody
	head     bool

	first   []byte         // the body so far, for writeHeader to read
	reader  *io.PipeReader // the stream
	pipe    *io.PipeWriter
	flushed bool
	streams chan struct{} // closed when the stream begins
	ended   chan any      // gets the value that the handler panicked with, or nil when it returned
}

// newWriter returns a writer whose header has the fields that middleware in front has set, as on net/http.
func newWriter(c Call, r *http.Request) *writer {
	w := &writer{header: http.Header{}, log: c.Log, declared: -1, head: r.Method == http.MethodHead,
		streams: make(chan struct{}), ended: make(chan any, 1)}
	w.reader, w.pipe = io.Pipe()
	w.request, _ = r.Body.(*requestBody)
	header := &c.Ctx.Response.Header
	header.SetNoDefaultContentType(true)
	for key, value := range header.All() {
		switch name := string(key); name {
		case "Content-Length", "Set-Cookie", "Trailer", "Server", "Date": // fasthttp keeps them apart or adds them itself
		default:
			w.header[name] = append(w.header[name], string(value))
			w.front = append(w.front, name)
		}
	}
	header.SetNoDefaultContentType(c.NoDefaultType)
	return w
}

// serve runs the handler, and then end.
func (w *writer) serve(h http.Handler, r *http.Request) {
	returned := false
	defer func() {
		p := recover()
		if p == nil && !returned { // runtime.Goexit
			p = http.ErrAbortHandler
		}
		w.request.release()
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
		w.end(p)
	}()
	h.ServeHTTP(w, r)
	returned = true
}

// end completes the answer. p is the value that the handler panicked with, or nil.
func (w *writer) end(p any) {
	if w.flushed && p != nil && !hangsUp(p) { // the caller does not get this panic
		w.log("fibersec: a handler of net/http panicked after a flush: %T\n%s", p, debug.Stack())
	}
	if p == nil {
		_ = w.pipe.Close()
	} else {
		_ = w.pipe.CloseWithError(http.ErrAbortHandler) // the client must not take the answer for a whole one
	}
	w.WriteHeader(http.StatusOK)
	if !w.flushed {
		w.first = w.body
	}
	w.ended <- p
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("fibersec: %d is not a status", status))
	}
	if w.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	w.status, w.sent = status, w.header.Clone()
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		w.declared = n
	}
}

// hasBody reports whether an answer with that status may have a body (RFC 9110, section 6.4.1).
func (w *writer) hasBody() bool {
	return w.status >= 200 && w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if !w.hasBody() {
		return 0, http.ErrBodyNotAllowed
	}
	if w.written += int64(len(p)); w.declared >= 0 && w.written > w.declared {
		return 0, http.ErrContentLength
	}
	switch {
	case w.head && w.flushed: // the answer has been sent
		return 0, http.ErrBodyNotAllowed
	case w.head:
		w.body = append(w.body, p[:min(len(p), 512-len(w.body))]...) // as many as http.DetectContentType reads
		return len(p), nil
	case !w.flushed && len(w.body)+len(p) > maxBuffered && w.request.done():
		w.stream()
	}
	if w.flushed {
		return w.pipe.Write(p)
	}
	w.body = append(w.body, p...)
	return len(p), nil
}

// Flush implements [http.Flusher].
func (w *writer) Flush() {
	if w.WriteHeader(http.StatusOK); !w.flushed {
		w.stream()
	}
}

// stream starts sending the answer.
func (w *writer) stream() {
	w.request.release()
	w.first, w.body, w.flushed = w.body, nil, true
	close(w.streams)
	if len(w.first) > 0 && !w.head {
		_, _ = w.pipe.Write(w.first)
	}
}
