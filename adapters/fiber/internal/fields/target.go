package fields

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
)

// Method returns the method that Fiber's router goes by: the one that was sent, or the one of an override with c.Method. Without
// an override, the string of c.Method lies in a buffer that Header.SetMethod changes, and the router does not notice such a
// change. In that case Method returns the method of the route that was found.
func Method(c *fiber.Ctx) string {
	method, buffer := c.Method(), c.Request().Header.Method()
	if method != "" && len(buffer) > 0 && &utils.UnsafeBytes(method)[0] == &buffer[0] {
		return c.Route().Method
	}
	return method
}

// Path returns the path that Fiber's router compares. fasthttp lets two errors pass that other servers refuse: a '#' in the
// target, where fasthttp cuts the target off, and a Host field that is missing, sent twice or not a host. For a request with one
// of these, Path returns a path that every chain refuses.
func Path(c *fiber.Ctx) string {
	if _, ok := Host(c.Context()); !ok || bytes.IndexByte(c.Request().Header.RequestURI(), '#') >= 0 {
		return "#"
	}
	return c.Path()
}

// HostOf returns the host as it was sent. If middleware has set another one, HostOf returns that, which Fiber has in lower case.
func HostOf(c *fiber.Ctx) string {
	host := c.Request().Host()
	if sent, _ := Host(c.Context()); len(host) == 0 || bytes.EqualFold(sent, host) {
		host = sent
	}
	return utils.UnsafeString(host)
}
