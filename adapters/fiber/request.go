package fibersec

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2/utils"
	"github.com/valyala/fasthttp"
)

// RoutePath is the path that Fiber's router compares. fasthttp cuts the target at a '#', which other servers read as a
// part of the path: such a target is given as one that the chain refuses.
func (x *exchange) RoutePath() string {
	if bytes.IndexByte(x.ctx().Request().Header.RequestURI(), '#') >= 0 {
		return "#"
	}
	return x.ctx().Path()
}

// Header counts the field lines that were sent. fasthttp keeps one line of some fields, and adds the trailers of a body in
// chunks to the headers, where they would pass for them.
func (x *exchange) Header(name string) (first string, n int) {
	header := &x.ctx().Request().Header
	values := header.PeekAll(name)
	switch n = len(values); {
	case n > 0 && header.ContentLength() != -2 && lines(header, "Transfer-Encoding") > 0: // -2: there is no body
		n = lines(header, name)
	case n == 1 && (name == "User-Agent" || name == "Content-Type" || name == "Connection" || name == "Cookie"):
		// fasthttp keeps one line of these, always or after they were parsed
		n = max(n, lines(header, name))
	}
	if n > 0 {
		first = utils.UnsafeString(values[0])
	}
	return first, n
}

// lines counts the lines of one field in the header section as it was sent.
func lines(header *fasthttp.RequestHeader, name string) (n int) {
	for line := range bytes.Lines(header.RawHeaders()) {
		field, _, found := bytes.Cut(line, []byte{':'})
		if found && strings.EqualFold(utils.UnsafeString(field), name) {
			n++
		}
	}
	return n
}
