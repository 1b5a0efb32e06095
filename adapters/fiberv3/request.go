package fibersec

import (
	"crypto/tls"
	"sync"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/utils/v2"
	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/fields"
	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/serving"
)

// exchange is the [core.Request] and the [core.Response] of one request. Its strings lie in fasthttp's memory. It is pooled: the
// chain has taken it back from its providers when Guard returns.
type exchange struct {
	c     fiber.Ctx
	ctx   *fasthttp.RequestCtx // that of c when the chain began: a read of it costs no call through the interface
	begun serving.Request      // the request that c served when the chain began
}

var pool = sync.Pool{New: func() any { return new(exchange) }}

// Method returns the method that Fiber's router goes by: the one that was sent, or the one of an override with c.Method.
func (x *exchange) Method() string    { return x.c.Method() }
func (x *exchange) RoutePath() string { return fields.Path(x.ctx, x.c.Path()) }
func (x *exchange) Host() string      { return fields.HostOf(x.ctx) }

func (x *exchange) RawQuery() string {
	return utils.UnsafeString(x.ctx.Request.URI().QueryString())
}

func (x *exchange) RemoteAddr() string { return x.ctx.RemoteAddr().String() }

func (x *exchange) Scheme() string {
	if x.ctx.IsTLS() {
		return "https"
	}
	return "http"
}

// Header implements [core.Request].
func (x *exchange) Header(name string) (first string, n int) {
	values := fields.Lines(&x.ctx.Request.Header, name)
	if len(values) > 0 {
		first = utils.UnsafeString(values[0])
	}
	return first, len(values)
}

// FieldLines implements [core.FieldLines].
func (x *exchange) FieldLines(name string) []string {
	return fields.Strings(&x.ctx.Request.Header, name)
}

// TLSState returns the state of the TLS connection, or nil. Package kong of core looks at the client certificate.
func (x *exchange) TLSState() *tls.ConnectionState { return x.ctx.TLSConnectionState() }

// SetHeader deletes the field first, since Set of fasthttp replaces only the first of several lines, and of Set-Cookie only the
// cookie of the same name.
func (x *exchange) SetHeader(name, value string) {
	if serves(x.c, x.begun) {
		x.ctx.Response.Header.Del(name)
		x.ctx.Response.Header.Add(name, value)
	}
}

func (x *exchange) AddHeader(name, value string) {
	if serves(x.c, x.begun) {
		x.ctx.Response.Header.Add(name, value)
	}
}

// Send writes nothing if the request was given up, since c may serve another request.
func (x *exchange) Send(status int, body []byte) error {
	if !serves(x.c, x.begun) {
		return serving.ErrGivenUp
	}
	return x.c.Status(status).Send(body)
}

// serves reports whether c still serves r. timeout.New abandons a request that it gives up.
func serves(c fiber.Ctx, r serving.Request) bool { return r.By(c.RequestCtx()) && !c.IsAbandoned() }
