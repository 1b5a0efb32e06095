package mount

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/fiber/internal/fields"
	"github.com/microkubes/microkubes-go/core"
)

var errHost = errors.New("fibersec: no Host, two, or one that is not a host")

// request copies the request of c into one of net/http. It fails on what a server of net/http would refuse.
func request(c *fiber.Ctx, method string) (*http.Request, error) {
	header, uri := &c.Request().Header, c.Request().URI()
	if _, ok := fields.Host(c.Context()); !ok {
		return nil, errHost
	}
	target, err := url.ParseRequestURI(string(header.RequestURI()))
	if err != nil {
		return nil, err
	}
	rewrite(target, strings.Clone(c.Path()))
	target.RawQuery = string(uri.QueryString())
	r := &http.Request{
		Method: strings.Clone(method), URL: target, Proto: string(header.Protocol()),
		Header: headerOf(header), Host: target.Host, Close: header.ConnectionClose(),
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

// headerOf copies the header fields, without the trailers, which fasthttp has among them.
func headerOf(header *fasthttp.RequestHeader) http.Header {
	copied := http.Header{}
	add := func(name string) {
		for _, value := range fields.Lines(header, name) {
			copied[name] = append(copied[name], string(value))
		}
	}
	for _, name := range []string{"Cookie", "User-Agent", "Content-Type", "Connection"} {
		add(name) // before the names are asked for, which makes one line of the cookies
	}
	for _, name := range names(header) {
		if _, done := copied[name]; !done {
			add(name)
		}
	}
	return copied
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
