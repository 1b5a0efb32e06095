package mount

import (
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/log"
)

// writer is the [http.ResponseWriter] of one request. The handler has a goroutine of its own, so that the answer can be
// on its way while it writes.
type writer struct {
	header  http.Header
	front   []string    // names that the header had before the handler
	sent    http.Header // the header when the status was written
	status  int         // 0: not written
	body    []byte      // that was written before the first Flush
	release func()      // gives the body of the request back

	reader  *io.PipeReader // what is written after it
	pipe    *io.PipeWriter
	flushed bool
	streams chan struct{} // closed at the first Flush
	ended   chan any      // has what the handler panicked with, nil when it returned
}

// newWriter begins with the fields that middleware in front have set, as on net/http.
func newWriter(c *fiber.Ctx, body io.ReadCloser) *writer {
	w := &writer{header: http.Header{}, release: func() {}, streams: make(chan struct{}), ended: make(chan any, 1)}
	w.reader, w.pipe = io.Pipe()
	if body, ok := body.(*requestBody); ok {
		w.release = body.release
	}
	header := &c.Response().Header
	header.SetNoDefaultContentType(true)
	for key, value := range header.All() {
		switch name := string(key); name {
		case "Content-Length", "Set-Cookie", "Trailer", "Server", "Date": // kept apart, or made by the server
		default:
			w.header[name] = append(w.header[name], string(value))
			w.front = append(w.front, name)
		}
	}
	header.SetNoDefaultContentType(c.App().Server().NoDefaultContentType)
	return w
}

func (w *writer) serve(h http.Handler, r *http.Request) {
	returned := false
	defer func() {
		p := recover()
		if p == nil && !returned { // runtime.Goexit
			p = http.ErrAbortHandler
		}
		w.release()
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
		w.end(p)
	}()
	h.ServeHTTP(w, r)
	returned = true
}

func (w *writer) end(p any) {
	if w.flushed && p != nil && !hangsUp(p) { // nobody else learns of it
		log.Errorf("fibersec: a handler of net/http panicked after a flush: %T\n%s", p, debug.Stack())
	}
	if p == nil {
		_ = w.pipe.Close()
	} else {
		_ = w.pipe.CloseWithError(http.ErrAbortHandler) // the answer is cut off: it must not pass for a whole one
	}
	w.WriteHeader(http.StatusOK)
	w.ended <- p
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("fibersec: %d is not a status", status))
	}
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.flushed {
		return w.pipe.Write(p)
	}
	w.body = append(w.body, p...)
	return len(p), nil
}

// Flush implements [http.Flusher].
func (w *writer) Flush() {
	w.WriteHeader(http.StatusOK)
	if w.flushed {
		return
	}
	w.release()
	w.flushed = true
	close(w.streams)
	if len(w.body) > 0 {
		_, _ = w.pipe.Write(w.body)
	}
}

// writeHeader is called once, when the status has been written.
func (w *writer) writeHeader(c *fiber.Ctx) {
	header := &c.Status(w.status).Response().Header
	for _, name := range w.front {
		header.Del(name)
	}
	header.SetNoDefaultContentType(true)
	_, typed := w.sent["Content-Type"]
	if !typed && len(w.body) > 0 && w.sent.Get("Content-Encoding") == "" {
		header.SetContentType(http.DetectContentType(w.body))
	}
	for name, values := range w.sent {
		switch {
		case name == "" || strings.ContainsAny(name, ": \r\n"): // not a name
			continue
		case name == "Trailer" || name == "Content-Length" && w.flushed: // the server's, once it sends chunks
			continue
		}
		for _, value := range values {
			header.Add(name, oneLine.Replace(value))
		}
	}
}

var oneLine = strings.NewReplacer("\r", " ", "\n", " ")
