package fibersec

import (
	"bytes"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

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

// setBody sets what a body needs. A stream is closed when the server uses it again, a copy is not.
func setBody(r *http.Request, from *fasthttp.Request) error {
	r.Body, r.ContentLength = http.NoBody, int64(from.Header.ContentLength())
	body := &httpBody{atEnd: func() { addTrailers(r.Trailer, &from.Header) }}
	chunks := inChunks(&from.Header)
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
		if len(appendSent(nil, &from.Header, "Content-Length")) > 0 {
			r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
		}
	}
	if r.ContentLength != 0 {
		r.Body = body
	}
	return nil
}

// announced has the names of the trailers that the request says it will have.
func announced(header *fasthttp.RequestHeader) http.Header {
	trailer := http.Header{}
	for name := range strings.SplitSeq(string(header.Peek("Trailer")), ",") {
		if name = strings.TrimSpace(name); name != "" {
			trailer[textproto.CanonicalMIMEHeaderKey(name)] = nil
		}
	}
	return trailer
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
