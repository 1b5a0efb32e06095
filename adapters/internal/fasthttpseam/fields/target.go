package fields

import (
	"bytes"
	"unsafe"

	"github.com/valyala/fasthttp"
)

// Path returns path, the one that the router of a framework compares, or a path that every chain refuses. fasthttp lets
// errors pass that other servers refuse: a '#' in the target, where fasthttp cuts the target off, and those for which [Host]
// returns false. For a request with one of these, Path returns "#".
func Path(ctx *fasthttp.RequestCtx, path string) string {
	if _, ok := Host(ctx); !ok || bytes.IndexByte(ctx.Request.Header.RequestURI(), '#') >= 0 {
		return "#"
	}
	return path
}

// HostOf returns the host as it was sent. If middleware has set another one, HostOf returns that, which fasthttp has in lower
// case. The string lies in the memory of ctx.
func HostOf(ctx *fasthttp.RequestCtx) string {
	host := ctx.Request.Host()
	if sent, _ := Host(ctx); len(host) == 0 || bytes.EqualFold(sent, host) {
		host = sent
	}
	return unsafeString(host)
}

// unsafeString returns a string in the memory of b.
func unsafeString(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // as the packages of fasthttp and Fiber do
}
