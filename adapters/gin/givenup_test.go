package ginsec_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
)

// wait ends a test that hangs.
func wait[T any](t *testing.T, c <-chan T) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatal("nothing happens")
	}
}

// visit is one request to an engine that giveUp is in front of.
type visit struct {
	given chan struct{} // closed to give the request up
	left  chan struct{} // closed when the goroutine of its handlers has ended
	over  chan struct{} // closed when the engine has returned
}

type visitKey struct{}

// giveUp is middleware that may return while the handlers behind it still run, as that of github.com/gin-contrib/timeout does.
func giveUp(c *gin.Context) {
	v := c.Request.Context().Value(visitKey{}).(*visit)
	done := make(chan struct{})
	go func() {
		defer close(v.left)
		c.Next()
		close(done)
	}()
	select {
	case <-v.given:
		c.AbortWithStatus(http.StatusRequestTimeout)
	case <-done:
	case <-v.left:
	}
}

// serveWith lets engine serve a request of user with c, as if it had taken c out of its pool. The context of the request ends when
// the engine has returned, as on a server.
func serveWith(t *testing.T, engine *gin.Engine, c *gin.Context, user string) *visit {
	v := &visit{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	go func() {
		defer close(v.over)
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), visitKey{}, v))
		defer cancel()
		c.Request = request("GET", "/x", user).WithContext(ctx)
		engine.HandleContext(c)
	}()
	return v
}

// TestNextHandlerOfAnotherRequest has middleware that gives up ann's request while her handler, or her chain, still runs. Gin
// uses the context for mallory's request, whose chain has not decided yet. When ann's chain ends, Gin's loop must not call
// mallory's handler. When ann's handler returns, it does, as the package comment warns: no adapter can prevent that.
func TestNextHandlerOfAnotherRequest(t *testing.T) {
	for name, inHandler := range map[string]bool{"while the handler runs": true, "while the chain runs": false} {
		t.Run(name, func(t *testing.T) {
			begun, resume := map[string]chan struct{}{}, map[string]chan struct{}{}
			for _, user := range []string{"ann", "mallory"} {
				begun[user], resume[user] = make(chan struct{}), make(chan struct{})
			}
			pause := func(user string) {
				close(begun[user])
				<-resume[user]
			}
			slow := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
				user, _ := r.Header("X-User")
				if user == "mallory" || !inHandler {
					pause(user)
				}
				if user == "mallory" {
					return core.Unauthorized("not mallory")
				}
				return nil
			})
			served := make(chan string, 4)
			engine := gin.New()
			engine.Use(giveUp, newSecurity(t, slow).Middleware)
			engine.GET("/x", func(c *gin.Context) {
				user := c.GetHeader("X-User")
				served <- user
				if user == "ann" {
					pause(user)
				}
			})
			c := gin.CreateTestContextOnly(httptest.NewRecorder(), engine)
			ann := serveWith(t, engine, c, "ann")
			wait(t, begun["ann"])
			close(ann.given)
			wait(t, ann.over)
			mallory := serveWith(t, engine, c, "mallory")
			wait(t, begun["mallory"])
			close(resume["ann"])
			wait(t, ann.left)
			close(resume["mallory"])
			wait(t, mallory.over)
			close(served)
			var users []string
			for user := range served {
				users = append(users, user)
			}
			assert.Equal(t, map[bool][]string{true: {"ann", "mallory"}}[inHandler], users)
		})
	}
}

// TestNextHandlerOfARequestGivenUp has a chain that passes, or refuses, a request that was given up. Gin has not used its context
// for another request. The handler does not run, also when a provider has set a request of its own.
func TestNextHandlerOfARequestGivenUp(t *testing.T) {
	for name, set := range map[string]bool{"the request": false, "a request of a provider": true} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			slow := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
				if c, _ := ginsec.Unwrap(r); set {
					c.Request = c.Request.Clone(c.Request.Context())
				}
				cancel()
				return nil
			})
			returned := false
			engine := gin.New()
			engine.Use(func(c *gin.Context) {
				c.Next()
				returned = c.IsAborted()
			})
			engine.GET("/x", newSecurity(t, slow).Middleware, func(*gin.Context) { t.Error("the handler runs") })
			w := do(engine, request("GET", "/x", "ann").WithContext(ctx))
			assert.Empty(t, w.Body.String())
			assert.True(t, returned)
		})
	}
}

// TestContextThatServesAnotherRequest has a handler that outlives its request, behind middleware that stops waiting. If Gin has
// given the context to another request meanwhile, that request stays there. Otherwise the context shows no identity.
func TestContextThatServesAnotherRequest(t *testing.T) {
	for name, reused := range map[string]bool{"given up": false, "given up, and used again": true} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			first, second := request("GET", "/x", "ann").WithContext(ctx), request("GET", "/x", "bob")
			c, _ := gin.CreateTestContext(httptest.NewRecorder())
			c.Request = first
			newSecurity(t).Secured(func(c *gin.Context) {
				cancel()
				if c.Request = c.Request.WithContext(c.Request.Context()); reused {
					c.Request = second
				}
			})(c)
			assert.Same(t, map[bool]*http.Request{false: first, true: second}[reused], c.Request)
		})
	}
}

// TestRequestGivenUpWhileTheChainRuns has a slow provider behind middleware that stops waiting. Gin has given the context to
// bob's request meanwhile. The chain keeps reading ann's request and leaves bob's alone.
func TestRequestGivenUpWhileTheChainRuns(t *testing.T) {
	for name, late := range map[string]func(core.Response) error{
		"passes": func(core.Response) error { return nil },
		"refuses": func(res core.Response) error {
			res.SetHeader("X-Late", "ann")
			res.AddHeader("X-Late", "ann")
			return core.Forbidden("not for ann")
		},
		"answers": func(res core.Response) error { return res.Send(http.StatusOK, []byte("for ann")) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			bob, answer := request("PUT", "/bob?q", "bob"), httptest.NewRecorder()
			bob.Host, bob.RemoteAddr, bob.TransferEncoding = "bob.test", "bob:1", []string{"chunked"}
			slow := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
				c, _ := ginsec.Unwrap(r)
				cancel()
				c.Request = bob
				user, _ := r.Header("X-User")
				fields, _ := core.RequestAs[core.FieldLines](r)
				assert.Equal(t, []string{"ann", "ann", "GET", "/x", "", "example.com", "192.0.2.1:1234"}, append(fields.FieldLines("X-User"),
					user, r.Method(), r.RoutePath(), r.RawQuery(), r.Host(), r.RemoteAddr()))
				return late(res)
			})
			c, _ := gin.CreateTestContext(answer)
			c.Request = request("GET", "/x", "ann").WithContext(ctx)
			newSecurity(t, slow).Secured(func(*gin.Context) { t.Error("the handler runs") })(c)
			assert.Same(t, bob, c.Request)
			assert.Nil(t, bob.Trailer)
			assert.False(t, c.Writer.Written())
			assert.Empty(t, answer.Header())
			assert.Empty(t, answer.Body.String())
		})
	}
}

// TestTimeoutAroundTheEngine limits the time of a request as the package comment says. The handler ends after the answer, and its
// context is not used for the next request before that.
func TestTimeoutAroundTheEngine(t *testing.T) {
	engine := gin.New()
	resume, ended := make(chan struct{}), make(chan string, 1)
	engine.GET("/slow", newSecurity(t).Secured(func(c *gin.Context) {
		<-c.Request.Context().Done()
		<-resume
		auth, _ := ginsec.Auth(c)
		ended <- auth.Username()
	}))
	engine.GET("/x", newSecurity(t).Secured(user))
	h := http.TimeoutHandler(engine, time.Millisecond, "too slow")
	assert.Equal(t, 503, do(h, request("GET", "/slow", "ann")).Code)
	assert.Equal(t, "bob", do(engine, request("GET", "/x", "bob")).Body.String())
	close(resume)
	assert.Equal(t, "ann", <-ended)
}
