package fields

import (
	"bytes"
	"net/url"

	"github.com/valyala/fasthttp"
)

// Host returns the host that a request is for, as it was sent and with its port: the one of a target in absolute form, else
// that of the Host field. It is not ok where a server of net/http answers 400 to it (RFC 9112, section 3.2): in HTTP/1.1 the
// field must be there, there must not be a second one, and its value must be a host.
//
// fasthttp keeps the last line, whatever it says, and reads it in lower case.
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

func oneHost(header *fasthttp.RequestHeader) bool {
	var room [4][]byte
	switch len(AppendSent(room[:0], header, "Host")) {
	case 0:
		return len(header.Host()) > 0 || !header.IsHTTP11()
	case 1:
		return true
	}
	return false
}

// authority returns the host and the port of a target in absolute form.
func authority(target []byte) []byte {
	_, rest, _ := bytes.Cut(target, []byte("://"))
	if end := bytes.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return rest[bytes.LastIndexByte(rest, '@')+1:]
}

// hostByte has the bytes that may be in a host and a port (RFC 3986, section 3.2.2).
var hostByte = func() (allowed [256]bool) {
	for _, c := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!$%&'()*+,-.:;=[]_~") {
		allowed[c] = true
	}
	return allowed
}()
