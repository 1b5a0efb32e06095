package fibersec

import (
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

func (x *exchange) Method() string    { return fields.Method(x.c) }
func (x *exchange) RoutePath() string { return fields.Path(x.c) }
func (x *exchange) Host() string      { return fields.HostOf(x.c) }

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
	return fields.Strings(&x.c.Request().Header, name)
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
