package main

import (
	"bufio"
	"net"
	"strings"

	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/gofiber/fiber/v2"
	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

func onFiber() []*stack {
	all := []*stack{
		{name: "bare", kind: bare, build: fiberWith(fixed, nil)},
		{name: "no-op", kind: noop, note: "a middleware that only calls the next handler",
			build: fiberWith(fixed, (*fiber.Ctx).Next)},
		{name: "ours", kind: ours, build: ourFiber(0)},
		{name: "ours, no cache", kind: uncached, build: ourFiber(cacheOff)},
		{name: "contrib/jwt", kind: peer, build: contribJWT, note: "signing key with its algorithm; MapClaims, its " +
			"default; it has no options for issuer and audience"},
	}
	for _, s := range all {
		s.framework = "fiber"
	}
	return all
}

type fiberServer struct{ *fiber.App }

func (s fiberServer) serve(l net.Listener) error { return s.Listener(l) }

func (s fiberServer) port() port { return newFiberPort(s.Handler()) }

func newFiberPort(h fasthttp.RequestHandler) *fiberPort {
	return &fiberPort{handler: h, ctx: &fasthttp.RequestCtx{}}
}

// fiberPort resets the context between two requests as fasthttp's server does on a keep-alive connection.
type fiberPort struct {
	handler fasthttp.RequestHandler
	ctx     *fasthttp.RequestCtx
}

// authorization parses a request, so that the context has the bytes of its header, as on a server. The adapters read them.
func (p *fiberPort) authorization(value string) {
	text := "GET /hello HTTP/1.1\r\nHost: localhost\r\nUser-Agent: benchmark\r\nAccept: */*\r\n"
	if value != "" {
		text += "Authorization: " + value + "\r\n"
	}
	text += "\r\n"
	p.ctx.Init(&fasthttp.Request{}, nil, nil)
	if err := p.ctx.Request.Read(bufio.NewReaderSize(strings.NewReader(text), len(text))); err != nil {
		panic(err) // the text is well-formed
	}
}

func (p *fiberPort) request() {
	p.ctx.ResetUserValues()
	p.ctx.Response.Reset()
	p.handler(p.ctx)
}

func (p *fiberPort) answer() (int, string) {
	return p.ctx.Response.StatusCode(), string(p.ctx.Response.Body())
}

// fiberWith returns a server with a middleware on the application, as in all stacks of Fiber.
func fiberWith(h, m fiber.Handler) func(*issuer) (server, error) {
	return func(*issuer) (server, error) {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		if err := fibersec.Prepare(app); err != nil {
			return nil, err
		}
		if m != nil {
			app.Use(m)
		}
		app.Get("/hello", h)
		return fiberServer{app}, nil
	}
}

func fixed(c *fiber.Ctx) error { return c.SendString(subject) }

func ourFiber(size int) func(*issuer) (server, error) {
	return func(i *issuer) (server, error) {
		c, err := chain(i, size)
		if err != nil {
			return nil, err
		}
		return fiberWith(func(c *fiber.Ctx) error {
			auth, _ := core.AuthFrom(c.UserContext())
			return c.SendString(auth.Subject())
		}, fibersec.New(c).Middleware)(i)
	}
}

func contribJWT(i *issuer) (server, error) {
	middleware := jwtware.New(jwtware.Config{SigningKey: jwtware.SigningKey{JWTAlg: i.alg, Key: i.public}})
	return fiberWith(func(c *fiber.Ctx) error {
		token, _ := c.Locals("user").(*golangjwt.Token)
		claims, _ := token.Claims.(golangjwt.MapClaims)
		sub, _ := claims["sub"].(string)
		return c.SendString(sub)
	}, middleware)(i)
}
