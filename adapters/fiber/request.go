package fibersec

import (
	"crypto/tls"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/fields"
	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/serving"
)

// exchange is the [core.Request] and the [core.Response] of one request. Its strings lie in fasthttp's memory. It is pooled: the
// chain has taken it back from its providers when Guard returns.
type exchange struct {
	c     *fiber.Ctx
	begun serving.Request // the request that c served when the chain began
}

var pool = sync.Pool{New: func() any { return new(exchange) }}

func (x *exchange) Method() string    { return method(x.c) }
func (x *exchange) RoutePath() string { return fields.Path(x.c.Context(), x.c.Path()) }
func (x *exchange) Host() string      { return fields.HostOf(x.c.Context()) }

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

// Header implements [core.Request].
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

// TLSState returns the state of the TLS connection, or nil. Package kong of core looks at the client certificate.
func (x *exchange) TLSState() *tls.ConnectionState { return x.c.Context().TLSConnectionState() }

// SetHeader deletes the field first, since Set of fasthttp replaces only the first of several lines, and of Set-Cookie only the
// cookie of the same name.
func (x *exchange) SetHeader(name, value string) {
	if x.begun.By(x.c.Context()) {
		x.c.Response().Header.Del(name)
		x.c.Response().Header.Add(name, value)
	}
}

func (x *exchange) AddHeader(name, value string) {
	if x.begun.By(x.c.Context()) {
		x.c.Response().Header.Add(name, value)
	}
}

// Send writes nothing if the request was given up, since c may serve another request.
func (x *exchange) Send(status int, body []byte) error {
	if !x.begun.By(x.c.Context()) {
		return serving.ErrGivenUp
	}
	return x.c.Status(status).Send(body)
}

// method returns the method that Fiber's router goes by: the one that was sent, or the one of an override with c.Method. Without
// an override, the string of c.Method lies in a buffer that Header.SetMethod changes, and the router does not notice such a
// change. In that case method returns the method of the route that was found.
func method(c *fiber.Ctx) string {
	method, buffer := c.Method(), c.Request().Header.Method()
	if method != "" && len(buffer) > 0 && &utils.UnsafeBytes(method)[0] == &buffer[0] {
		return c.Route().Method
	}
	return method
}
