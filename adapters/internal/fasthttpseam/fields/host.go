package fields

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/valyala/fasthttp"
)

// Host returns the host that a request is for, as it was sent and with its port: that of a target in absolute form, or else that
// of the Host field. ok is false for a request that a server of net/http answers with 400: HTTP/1.1 requires the field, no
// request may have two, and the value must be a host (RFC 9112, section 3.2). And no field may have white space between its name
// and its colon (section 5.1).
//
// fasthttp keeps the last Host line, whatever its value, and in lower case where it parses it. fasthttp 1.69 takes a space before
// the colon for a part of the name. 1.70 drops it, so the field looks like one that a proxy in front removes. Later versions
// refuse the request.
func Host(ctx *fasthttp.RequestCtx) (host []byte, ok bool) {
	header := &ctx.Request.Header
	host, ok = header.Host(), ctx.Conn() == nil || wellFormed(header)
	for _, c := range host {
		ok = ok && hostByte[c]
	}
	target := header.RequestURI()
	if len(target) == 0 || target[0] == '/' || target[0] == '*' && len(target) == 1 {
		return host, ok
	}
	if _, err := url.ParseRequestURI(string(target)); err != nil {
		return host, false
	}
	if named := authority(target); len(named) > 0 {
		host = named
	}
	return host, ok
}

// wellFormed reports whether the header section has one Host field, or none where it may have none, and no white space before the
// colon of a name.
func wellFormed(header *fasthttp.RequestHeader) bool {
	hosts := 0
	for raw := header.RawHeaders(); len(raw) > 0; {
		end := bytes.IndexByte(raw, '\n') + 1
		if end == 0 {
			end = len(raw)
		}
		line := raw[:end]
		raw = raw[end:]
		colon := bytes.IndexByte(line, ':')
		switch {
		case colon <= 0 || blank(line[0]): // a line that continues the last value, or the empty one
		case blank(line[colon-1]):
			return false
		case colon == len("Host") && strings.EqualFold(unsafeString(line[:colon]), "Host"):
			hosts++
		}
	}
	if hosts == 0 {
		return len(header.Host()) > 0 || !header.IsHTTP11()
	}
	return hosts == 1
}

// authority returns the host and the port of a target in absolute form.
func authority(target []byte) []byte {
	_, named, _ := bytes.Cut(target, []byte("://"))
	if end := bytes.IndexAny(named, "/?#"); end >= 0 {
		named = named[:end]
	}
	return named[bytes.LastIndexByte(named, '@')+1:]
}

// hostByte is true for the bytes that may be in a host and a port (RFC 3986, section 3.2.2).
var hostByte = func() (allowed [256]bool) {
	for _, c := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!$%&'()*+,-.:;=[]_~") {
		allowed[c] = true
	}
	return allowed
}()
