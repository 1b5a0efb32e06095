package fields

import (
	"bytes"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/utils/v2"
)

// Path returns the path that Fiber's router compares. fasthttp lets two errors pass that other servers refuse: a '#' in the
// target, where fasthttp cuts the target off, and a Host field that is missing, sent twice or not a host. For a request with one
// of these, Path returns a path that every chain refuses.
func Path(c fiber.Ctx) string {
	if _, ok := Host(c.RequestCtx()); !ok || bytes.IndexByte(c.Request().Header.RequestURI(), '#') >= 0 {
		return "#"
	}
	return c.Path()
}

// HostOf returns the host as it was sent. If middleware has set another one, HostOf returns that, which Fiber has in lower case.
func HostOf(c fiber.Ctx) string {
	host := c.Request().Host()
	if sent, _ := Host(c.RequestCtx()); len(host) == 0 || bytes.EqualFold(sent, host) {
		host = sent
	}
	return utils.UnsafeString(host)
}
