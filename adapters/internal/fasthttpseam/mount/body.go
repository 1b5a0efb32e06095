package mount

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"

	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/fields"
)

// requestBody is the body of a request: a copy, or the stream of fasthttp. The server reuses a stream, so it is closed when the
// handler returns or flushes for the first time. A goroutine that the handler has left behind may still call Read, which fails.
type requestBody struct {
	mu       sync.Mutex
	reader   io.Reader
	streamed bool
	err      error
	atEnd    func() // called at the end of the body: copies the trailers
}

func (b *requestBody) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	n, b.err = b.reader.Read(p)
	if errors.Is(b.err, io.EOF) {
		b.atEnd()
	}
	return n, b.err
}

// Close makes every later Read fail.
func (b *requestBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
	}
	return nil
}

// release gives a stream back to the server. It does nothing for a nil b, a request without a body.
func (b *requestBody) release() {
	if b != nil && b.streamed {
		_ = b.Close()
	}
}

// done reports whether no more of the body can be read from the connection.
func (b *requestBody) done() bool {
	if b == nil || !b.streamed {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err != nil
}

// setBody sets the body of r, its length, its transfer coding and its trailers. A body that fasthttp streams becomes a stream,
// which release closes. Any other becomes a copy, which stays readable.
func setBody(r *http.Request, from *fasthttp.Request) error {
	r.Body, r.ContentLength = http.NoBody, int64(from.Header.ContentLength())
	body := &requestBody{atEnd: func() { addTrailers(r.Trailer, &from.Header) }}
	chunks := fields.InChunks(&from.Header)
	if chunks {
		r.TransferEncoding, r.Trailer = []string{"chunked"}, announced(&from.Header)
	}
	if from.IsBodyStream() {
		body.reader, body.streamed = from.BodyStream(), true
	} else {
		var buffer bytes.Buffer
		if err := from.BodyWriteTo(&buffer); err != nil {
			return err
		}
		arrived := http.Header{}
		addTrailers(arrived, &from.Header)
		body.reader, body.atEnd = &buffer, func() { maps.Copy(r.Trailer, arrived) }
		r.ContentLength = int64(buffer.Len())
	}
	if chunks {
		r.ContentLength = -1
	} else {
		body.atEnd = func() {}
		if len(fields.AppendSent(nil, &from.Header, "Content-Length")) > 0 {
			r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
		}
	}
	if r.ContentLength != 0 {
		r.Body = body
	}
	return nil
}

// announced returns a header with the names of the trailers that the request announces, without values.
func announced(header *fasthttp.RequestHeader) http.Header {
	trailer := http.Header{}
	for name := range strings.SplitSeq(string(header.Peek("Trailer")), ",") {
		if name = strings.TrimSpace(name); name != "" {
			trailer[textproto.CanonicalMIMEHeaderKey(name)] = nil
		}
	}
	return trailer
}

// addTrailers adds the trailers that fasthttp has among the header fields: the values behind those of the field of that name.
func addTrailers(trailer http.Header, header *fasthttp.RequestHeader) {
	for _, name := range names(header) {
		if len(trailer[name]) > 0 {
			continue // names has one entry for each value
		}
		values := header.PeekAll(name)
		for _, value := range values[min(len(fields.Lines(header, name)), len(values)):] {
			trailer[name] = append(trailer[name], string(value))
		}
	}
}
