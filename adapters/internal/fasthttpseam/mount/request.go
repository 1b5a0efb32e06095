package mount

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/fields"
	"github.com/microkubes/microkubes-go/core"
)

var errHost = errors.New("fibersec: no Host, two, or one that is not a host")

// request returns a copy of the request of c. It fails for a request that a server of net/http would refuse.
func request(c Call) (*http.Request, error) {
	header, uri := &c.Ctx.Request.Header, c.Ctx.Request.URI()
	if _, ok := fields.Host(c.Ctx); !ok {
		return nil, errHost
	}
	target, err := url.ParseRequestURI(string(header.RequestURI()))
	if err != nil {
		return nil, err
	}
	rewrite(target, strings.Clone(c.Path))
	target.RawQuery = string(uri.QueryString())
	r := &http.Request{
		Method: strings.Clone(c.Method), URL: target, Proto: string(header.Protocol()),
		Header: headerOf(header), Host: target.Host, Close: header.ConnectionClose(),
		RemoteAddr: c.Ctx.RemoteAddr().String(), RequestURI: string(header.RequestURI()),
		TLS: c.Ctx.TLSConnectionState(),
	}
	r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(r.Proto)
	if r.Host == "" {
		r.Host = string(header.Host())
	}
	if err := setBody(r, &c.Ctx.Request); err != nil {
		return nil, err
	}
	return r.WithContext(c.Context), nil
}

// rewrite sets the path of u to the one that the router went by, if middleware has replaced the one that was sent.
func rewrite(u *url.URL, path string) {
	if sent := core.RoutePath(u); sent == path || sent == "" {
		return
	}
	u.Path, u.RawPath = path, ""
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
}

// headerOf returns a copy of the header fields, without the trailers that fasthttp has among them.
func headerOf(header *fasthttp.RequestHeader) http.Header {
	copied := http.Header{}
	add := func(name string) {
		for _, value := range fields.Lines(header, name) {
			copied[name] = append(copied[name], string(value))
		}
	}
	for _, name := range []string{"Cookie", "User-Agent", "Content-Type", "Connection"} {
		add(name) // before the call of names, by which fasthttp makes one line of the cookies
	}
	for _, name := range names(header) {
		if _, done := copied[name]; !done {
			add(name)
		}
	}
	return copied
}

// names returns the names of all fields and trailers, except for those that frame the message. A name is repeated for each value.
func names(header *fasthttp.RequestHeader) (all []string) {
	for key := range header.All() {
		switch name := string(key); {
		case name == "Host" || name == "Content-Length" || name == "Transfer-Encoding" || name == "Trailer":
		case strings.IndexByte(name, ' ') < 0: // fasthttp lets a name with a space pass
			all = append(all, name)
		}
	}
	return all
}
