package fields

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
)

// Method is the method that Fiber's router goes by: the one that was sent, or the one of an override with c.Method. As long
// as there is no override, Fiber's string lies in a buffer that Header.SetMethod writes to, which the router does not
// notice: then the route says which method it was found by.
func Method(c *fiber.Ctx) string {
	method, buffer := c.Method(), c.Request().Header.Method()
	if method != "" && len(buffer) > 0 && &utils.UnsafeBytes(method)[0] == &buffer[0] {
		return c.Route().Method
	}
	return method
}

// Path is the path that Fiber's router compares. Two things that other servers refuse pass fasthttp, and are given as a
// path that the chain refuses: a '#' in the target, which fasthttp cuts there, and a Host that is missing, doubled or no host.
func Path(c *fiber.Ctx) string {
	if _, ok := Host(c.Context()); !ok || bytes.IndexByte(c.Request().Header.RequestURI(), '#') >= 0 {
		return "#"
	}
	return c.Path()
}

// HostOf is the host as it was sent, or the one that a middleware has put in its place, which Fiber has in lower case.
func HostOf(c *fiber.Ctx) string {
	host := c.Request().Host()
	if sent, _ := Host(c.Context()); len(host) == 0 || bytes.EqualFold(sent, host) {
		host = sent
	}
	return utils.UnsafeString(host)
}
