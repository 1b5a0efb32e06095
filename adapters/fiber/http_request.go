package fibersec

import (
	"bytes"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/core"
)

// httpRequest copies the request of c into one of net/http. It fails on what a server of net/http would refuse.
func httpRequest(c *fiber.Ctx) (*http.Request, error) {
	header, uri := &c.Request().Header, c.Request().URI()
	target, err := url.ParseRequestURI(string(header.RequestURI()))
	if err != nil {
		return nil, err
	}
	rewrite(target, strings.Clone(c.Path()))
	target.RawQuery = string(uri.QueryString())
	r := &http.Request{
		Method: strings.Clone((*exchange)(c).Method()), URL: target, Proto: string(header.Protocol()),
		Header: httpHeader(header), Host: target.Host, Close: header.ConnectionClose(),
		RemoteAddr: c.Context().RemoteAddr().String(), RequestURI: string(header.RequestURI()),
		TLS: c.Context().TLSConnectionState(),
	}
	r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(r.Proto)
	if r.Host == "" {
		r.Host = string(header.Host())
	}
	if err := setBody(r, c.Request()); err != nil {
		return nil, err
	}
	return r.WithContext(c.UserContext()), nil
}

// rewrite sets the path that the router went by, where a middleware has put it in place of the one that was sent.
func rewrite(u *url.URL, path string) {
	if sent := core.RoutePath(u); sent == path || sent == "" {
		return
	}
	u.Path, u.RawPath = path, ""
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
}

// httpHeader copies the header fields, without the trailers, which fasthttp has among them.
func httpHeader(header *fasthttp.RequestHeader) http.Header {
	fields := http.Header{}
	add := func(name string) {
		for _, value := range lines(header, name) {
			fields[name] = append(fields[name], string(value))
		}
	}
	for _, name := range []string{"Cookie", "User-Agent", "Content-Type", "Connection"} {
		add(name) // before the names are asked for, which makes one line of the cookies
	}
	for _, name := range names(header) {
		if _, done := fields[name]; !done {
			add(name)
		}
	}
	return fields
}

// names returns the names of all fields and trailers but those that frame the message.
func names(header *fasthttp.RequestHeader) (all []string) {
	for key := range header.All() {
		switch name := string(key); {
		case name == "Host" || name == "Content-Length" || name == "Transfer-Encoding" || name == "Trailer":
		case strings.IndexByte(name, ' ') < 0: // fasthttp lets that pass
			all = append(all, name)
		}
	}
	return all
}

func setBody(r *http.Request, from *fasthttp.Request) error {
	chunks, sent := inChunks(&from.Header), func() {}
	if chunks {
		r.TransferEncoding, r.Trailer = []string{"chunked"}, http.Header{}
		for name := range strings.SplitSeq(string(from.Header.Peek("Trailer")), ",") {
			if name = strings.TrimSpace(name); name != "" {
				r.Trailer[textproto.CanonicalMIMEHeaderKey(name)] = nil
			}
		}
		sent = func() { addTrailers(r.Trailer, &from.Header) }
	}
	if from.IsBodyStream() {
		r.Body, r.ContentLength = &streamedBody{stream: from.BodyStream(), atEnd: sent}, int64(from.Header.ContentLength())
	} else {
		var body bytes.Buffer
		if err := from.BodyWriteTo(&body); err != nil {
			return err
		}
		sent()
		r.Body, r.ContentLength = http.NoBody, int64(body.Len())
		if body.Len() > 0 {
			r.Body = io.NopCloser(&body)
		}
	}
	if chunks {
		r.ContentLength = -1
	} else if len(appendSent(nil, &from.Header, "Content-Length")) > 0 {
		r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	return nil
}

// addTrailers adds the values behind the header fields of the same name.
func addTrailers(trailer http.Header, header *fasthttp.RequestHeader) {
	for _, name := range names(header) {
		if len(trailer[name]) > 0 {
			continue // the name comes once for each of its values
		}
		values := header.PeekAll(name)
		for _, value := range values[min(len(lines(header, name)), len(values)):] {
			trailer[name] = append(trailer[name], string(value))
		}
	}
}

// streamedBody is a body that the server reads as the handler does. It ends with the handler, or with its first Flush: the
// server uses the stream again.
type streamedBody struct {
	mu     sync.Mutex
	stream io.Reader
	err    error
	atEnd  func()
}

func (b *streamedBody) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	n, b.err = b.stream.Read(p)
	if b.err == io.EOF {
		b.atEnd()
	}
	return n, b.err
}

// Close keeps what comes after it from the stream.
func (b *streamedBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
	}
	return nil
}
