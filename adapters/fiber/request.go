package fibersec

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2/utils"
)

// RoutePath is the path that Fiber's router compares. fasthttp cuts the target at a '#', which other servers read as a
// part of the path: such a target is given as one that the chain refuses.
func (x *exchange) RoutePath() string {
	if bytes.IndexByte(x.c.Request().Header.RequestURI(), '#') >= 0 {
		return "#"
	}
	return x.c.Path()
}

// Header counts the field lines that were sent. fasthttp keeps one line of some fields, and adds the trailers of a body in
// chunks to the headers, where they would pass for them.
func (x *exchange) Header(name string) (string, int) {
	header := &x.c.Request().Header
	values := header.PeekAll(name)
	if len(values) == 0 {
		return "", 0
	}
	n := len(values)
	switch raw := header.RawHeaders(); {
	case len(raw) == 0: // not a request that came over a connection
	case keepsOne(name):
		n = max(n, fieldLines(raw, name))
	case header.ContentLength() > noBody:
		n = min(n, fieldLines(raw, name))
	}
	if n == 0 {
		return "", 0
	}
	return utils.UnsafeString(values[0]), n
}

// noBody is fasthttp's length of a body that was neither counted nor in chunks.
const noBody = -2

// keepsOne tells the fields of which fasthttp keeps one line, always or after they were parsed.
func keepsOne(name string) bool {
	switch name {
	case "User-Agent", "Content-Type", "Connection", "Cookie":
		return true
	}
	return false
}

// fieldLines counts the lines of one field in a header section as it was sent.
func fieldLines(section []byte, name string) (n int) {
	for len(section) > 0 {
		var line []byte
		line, section, _ = bytes.Cut(section, []byte{'\n'})
		if len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(utils.UnsafeString(line[:len(name)]), name) {
			n++
		}
	}
	return n
}
