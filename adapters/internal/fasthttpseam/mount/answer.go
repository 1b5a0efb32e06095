package mount

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/valyala/fasthttp"
)

// answerStream sends the body that was written so far, and then what the handler writes.
func (w *writer) answerStream(ctx *fasthttp.RequestCtx) {
	w.writeHeader(ctx)
	switch {
	case w.head: // no stream: fasthttp would send the last chunk of one, behind an answer without a body
		ctx.Response.Header.SetContentLength(int(w.declared))
	case w.hasBody():
		ctx.Response.ImmediateHeaderFlush = true
		ctx.SetBodyStream(w.reader, int(w.declared))
	}
}

// answerWhole sends the body that was written. If that is less than the handler declared, it is sent as a stream that is too
// short, so that fasthttp closes the connection: the client must not take the answer for a whole one.
func (w *writer) answerWhole(ctx *fasthttp.RequestCtx) {
	w.writeHeader(ctx)
	switch {
	case !w.hasBody():
	case w.head:
		ctx.Response.Header.SetContentLength(int(max(w.declared, w.written)))
	case int64(len(w.body)) < w.declared:
		ctx.SetBodyStream(bytes.NewReader(w.body), int(w.declared))
	default:
		ctx.Response.SetBodyRaw(w.body)
	}
}

// writeHeader copies the status and the header to ctx. It is called once, after the handler has written the status.
func (w *writer) writeHeader(ctx *fasthttp.RequestCtx) {
	ctx.SetStatusCode(w.status)
	header := &ctx.Response.Header
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
		case name == "Trailer" || name == "Content-Length" || name == "Transfer-Encoding": // fasthttp sets what frames the answer
			continue
		}
		for _, value := range values {
			header.Add(name, oneLine.Replace(value))
		}
	}
}

// isToken reports whether name is a valid field name (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

// oneLine replaces line breaks, as net/http does.
var oneLine = strings.NewReplacer("\r", " ", "\n", " ")
