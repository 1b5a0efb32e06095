package fields

import (
	"bytes"
	"net/url"

	"github.com/valyala/fasthttp"
)

// Host returns the host that a request is for, as it was sent and with its port: that of a target in absolute form, or else that
// of the Host field. ok is false for a request that a server of net/http answers with 400 (RFC 9112, section 3.2): HTTP/1.1
// requires the field, no request may have two, and the value must be a host.
//
// fasthttp keeps the last line, whatever its value, and in lower case where it parses it.
func Host(ctx *fasthttp.RequestCtx) (host []byte, ok bool) {
	header := &ctx.Request.Header
	host, ok = header.Host(), ctx.Conn() == nil || oneHost(header)
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

// oneHost reports whether a request has one Host field, or none where it may have none.
func oneHost(header *fasthttp.RequestHeader) bool {
	var buffer [4][]byte
	switch len(AppendSent(buffer[:0], header, "Host")) {
	case 0:
		return len(header.Host()) > 0 || !header.IsHTTP11()
	case 1:
		return true
	}
	return false
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
