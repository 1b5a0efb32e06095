package fibersec

import (
	"bytes"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"github.com/microkubes/microkubes-go/adapters/fiber/internal/fields"
	"github.com/microkubes/microkubes-go/adapters/fiber/internal/serving"
)

// exchange is the seam: both [core.Request] and [core.Response] over one request, with strings in fasthttp's memory. The
// chain takes it back from its providers before Guard returns, so it can be used again.
type exchange struct {
	c     *fiber.Ctx
	begun serving.Request // that c served when the chain began
}

var pool = sync.Pool{New: func() any { return new(exchange) }}

func (x *exchange) Method() string { return method(x.c) }

// method is the method that Fiber's router goes by: the one that was sent, or the one of an override with c.Method. As long
// as there is no override, Fiber's string lies in a buffer that Header.SetMethod writes to, which the router does not
// notice: then the route says which method it was found by.
func method(c *fiber.Ctx) string {
	method, buffer := c.Method(), c.Request().Header.Method()
	if method != "" && len(buffer) > 0 && &utils.UnsafeBytes(method)[0] == &buffer[0] {
		return c.Route().Method
	}
	return method
}

// RoutePath is the path that Fiber's router compares. Two things that other servers refuse pass fasthttp, and are given as a
// path that the chain refuses: a '#' in the target, which fasthttp cuts there, and a Host that is missing, doubled or no host.
func (x *exchange) RoutePath() string {
	if bytes.IndexByte(x.c.Request().Header.RequestURI(), '#') >= 0 {
		return "#"
	}
	if _, ok := fields.Host(x.c.Context()); !ok {
		return "#"
	}
	return x.c.Path()
}

// Host is the host as it was sent, or the one that a middleware has put in its place, which Fiber has in lower case.
func (x *exchange) Host() string {
	host := x.c.Request().Host()
	if sent, _ := fields.Host(x.c.Context()); len(host) == 0 || bytes.EqualFold(sent, host) {
		host = sent
	}
	return utils.UnsafeString(host)
}

func (x *exchange) RawQuery() string {
	return utils.UnsafeString(x.c.Request().URI().QueryString())
}

func (x *exchange) RemoteAddr() string { return x.c.Context().RemoteAddr().String() }

func (x *exchange) Scheme() string {
	if x.c.Context().IsTLS() {
		return "https"
	}
	return "http"
}

// Header returns the first line of a field and the number of its lines.
func (x *exchange) Header(name string) (first string, n int) {
	values := fields.Lines(&x.c.Request().Header, name)
	if len(values) > 0 {
		first = utils.UnsafeString(values[0])
	}
	return first, len(values)
}

// FieldLines implements [core.FieldLines].
func (x *exchange) FieldLines(name string) []string {
	values := fields.Lines(&x.c.Request().Header, name)
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = utils.UnsafeString(value)
	}
	return all
}

// SetHeader deletes first: Set of fasthttp replaces the first of several lines, and a cookie of the same name alone.
func (x *exchange) SetHeader(name, value string) {
	if x.begun.By(x.c) {
		x.c.Response().Header.Del(name)
		x.c.Response().Header.Add(name, value)
	}
}

func (x *exchange) AddHeader(name, value string) {
	if x.begun.By(x.c) {
		x.c.Response().Header.Add(name, value)
	}
}

// Send writes nothing where the request was given up: c may belong to another one by now.
func (x *exchange) Send(status int, body []byte) error {
	if !x.begun.By(x.c) {
		return serving.ErrGivenUp
	}
	return x.c.Status(status).Send(body)
}
