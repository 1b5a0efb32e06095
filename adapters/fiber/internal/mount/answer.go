package mount

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// answerStream sends what was written and what is written from now on.
func (w *writer) answerStream(c *fiber.Ctx) {
	w.writeHeader(c)
	switch {
	case w.head: // without a stream: fasthttp would end it as one in chunks, behind an answer that has no body
		c.Response().Header.SetContentLength(int(w.declared))
	case w.hasBody():
		c.Response().ImmediateHeaderFlush = true
		c.Context().SetBodyStream(w.reader, int(w.declared))
	}
}

// answerWhole sends what was written. Where that is less than was declared, fasthttp finds too little in the stream, and closes
// the connection: the answer must not pass for a whole one.
func (w *writer) answerWhole(c *fiber.Ctx) {
	w.writeHeader(c)
	switch {
	case !w.hasBody():
	case w.head:
		c.Response().Header.SetContentLength(int(max(w.declared, w.written)))
	case int64(len(w.body)) < w.declared:
		c.Context().SetBodyStream(bytes.NewReader(w.body), int(w.declared))
	default:
		c.Response().SetBodyRaw(w.body)
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
	if !typed && len(w.first) > 0 && w.sent.Get("Content-Encoding") == "" {
		header.SetContentType(http.DetectContentType(w.first))
	}
	for name, values := range w.sent {
		switch {
		case !isToken(name):
			continue
		case name == "Trailer" || name == "Content-Length" || name == "Transfer-Encoding": // they frame the answer
			continue
		}
		for _, value := range values {
			header.Add(name, oneLine.Replace(value))
		}
	}
}

// isToken reports whether name can be the name of a field (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

var oneLine = strings.NewReplacer("\r", " ", "\n", " ")
