package fibersec

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"github.com/microkubes/microkubes-go/adapters/fiber/internal/fields"
)

// exchange is the seam: both [core.Request] and [core.Response] over one request, with strings in fasthttp's memory. It is
// Fiber's context by another name, with other methods, so it takes no memory of its own.
type exchange fiber.Ctx

func (x *exchange) ctx() *fiber.Ctx { return (*fiber.Ctx)(x) }

// Method is the method that Fiber's router goes by: the one that was sent, or the one of an override with c.Method. As long
// as there is no override, Fiber's string lies in a buffer that Header.SetMethod writes to, which the router does not
// notice: then the route says which method it was found by.
func (x *exchange) Method() string {
	c := x.ctx()
	method, buffer := c.Method(), c.Request().Header.Method()
	if method != "" && len(buffer) > 0 && &utils.UnsafeBytes(method)[0] == &buffer[0] {
		return c.Route().Method
	}
	return method
}

// RoutePath is the path that Fiber's router compares. fasthttp cuts the target at a '#', which other servers read as a
// part of the path: such a target is given as one that the chain refuses.
func (x *exchange) RoutePath() string {
	if bytes.IndexByte(x.ctx().Request().Header.RequestURI(), '#') >= 0 {
		return "#"
	}
	return x.ctx().Path()
}

func (x *exchange) Host() string { return utils.UnsafeString(x.ctx().Request().Host()) }

func (x *exchange) RawQuery() string {
	return utils.UnsafeString(x.ctx().Request().URI().QueryString())
}

func (x *exchange) RemoteAddr() string { return x.ctx().Context().RemoteAddr().String() }

func (x *exchange) Scheme() string {
	if x.ctx().Context().IsTLS() {
		return "https"
	}
	return "http"
}

// Header returns the first line of a field and the number of its lines.
func (x *exchange) Header(name string) (first string, n int) {
	values := fields.Lines(&x.ctx().Request().Header, name)
	if len(values) > 0 {
		first = utils.UnsafeString(values[0])
	}
	return first, len(values)
}

// FieldLines implements [core.FieldLines].
func (x *exchange) FieldLines(name string) []string {
	values := fields.Lines(&x.ctx().Request().Header, name)
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = utils.UnsafeString(value)
	}
	return all
}

func (x *exchange) AddHeader(name, value string) { x.ctx().Response().Header.Add(name, value) }

func (x *exchange) SetHeader(name, value string) { x.ctx().Response().Header.Set(name, value) }

func (x *exchange) Send(status int, body []byte) error {
	return x.ctx().Status(status).Send(body)
}
