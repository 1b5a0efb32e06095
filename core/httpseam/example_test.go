package httpseam_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/httpseam"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// The adapter begins here. It is for a framework with a Handler of func(*Context).

// Security puts a chain in front of handlers.
type Security struct{ chain *core.SecurityChain }

// New binds a chain to the framework. With and Then would wrap the methods of the chain in the same way.
func New(chain *core.SecurityChain) *Security {
	if chain == nil {
		panic("the chain is nil: handle the error of core.NewSecurityChain")
	}
	return &Security{chain}
}

// Secured lets h see only the requests that the chain passes.
func (s *Security) Secured(h Handler) Handler {
	return func(c *Context) {
		if ctx, ok := httpseam.Guard(s.chain, seam{c}); ok {
			httpseam.Serve(ctx, c.Request, seam{c}, func() { h(c) })
		}
	}
}

// Unwrap returns the framework's context, for a provider that needs it.
func Unwrap(req core.Request) (*Context, bool) {
	x, ok := core.RequestAs[*httpseam.Exchange](req)
	if !ok {
		return nil, false
	}
	s, ok := x.Context.(seam)
	return s.c, ok
}

// seam says where the framework keeps the request and the response writer.
type seam struct{ c *Context }

func (s seam) Request() *http.Request        { return s.c.Request }
func (s seam) SetRequest(r *http.Request)    { s.c.Request = r }
func (s seam) Response() http.ResponseWriter { return s.c.Writer }

// The adapter ends here. This is the framework.
type (
	Handler func(c *Context)
	Context struct {
		Request *http.Request
		Writer  http.ResponseWriter
	}
)

func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h(&Context{r, w}) }

// An adapter for a framework that keeps the request in a context of its own.
func Example() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority") // in a service: keys.Dir("./keys")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		panic(err)
	}
	hello := New(chain).Secured(func(c *Context) {
		auth, _ := core.AuthFrom(c.Request.Context())
		fmt.Fprintln(c.Writer, "Hello", auth.Username())
	})

	for _, headers := range []http.Header{coretest.Bearer(issuer.Microkubes(nil)), {}} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/hello", nil)
		r.Header = headers
		hello.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 Hello user@example.com
	//
	// 401 {"code":401,"message":"authentication required"}
}
