package fibersec_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

type key struct{}

// TestNobodyIsSeenOutside has middleware in front that looks for an identity when the guarded call is over, however it ended.
func TestNobodyIsSeenOutside(t *testing.T) {
	sec, other := newSecurity(t), newSecurity(t)
	sees := func(c *fiber.Ctx) string {
		auth, _ := fibersec.Auth(c)
		return fmt.Sprint(auth.Username(), " ", c.UserContext().Value(key{}))
	}
	set := func(c *fiber.Ctx) error {
		c.SetUserContext(context.WithValue(c.UserContext(), key{}, "inner"))
		return nil
	}
	for name, handlers := range map[string][]fiber.Handler{
		"returns":           {sec.Secured(ok)},
		"fails":             {sec.Secured(func(*fiber.Ctx) error { return errors.New("broken") })},
		"panics":            {sec.Secured(func(*fiber.Ctx) error { panic("broken") })},
		"sets the context":  {sec.Secured(set)},
		"public":            {sec.Public(set)},
		"chain of handlers": {sec.Middleware, ok},
		"chain that panics": {sec.Middleware, func(*fiber.Ctx) error { panic("broken") }},
		"nested": {sec.Middleware, func(c *fiber.Ctx) error {
			assert.Equal(t, "ann outer", sees(c))
			err := c.Next()
			assert.Equal(t, "ann outer", sees(c), "of the outer guard")
			return err
		}, other.Secured(set)},
		"refused": {other.With(core.RequireRoles("admin")).Secured(ok)},
	} {
		t.Run(name, func(t *testing.T) {
			handled, looked := "nobody looked", ""
			app := fiber.New(fiber.Config{ErrorHandler: func(c *fiber.Ctx, err error) error {
				handled = sees(c)
				return fiber.DefaultErrorHandler(c, err)
			}})
			app.Use(func(c *fiber.Ctx) error {
				c.SetUserContext(context.WithValue(c.UserContext(), key{}, "outer"))
				defer func() { looked = sees(c) }()
				return c.Next()
			}, recover.New())
			app.Get("/x", handlers...)
			do(t, app, request("GET", "/x", "ann"))
			assert.Equal(t, " outer", looked)
			if name == "fails" || strings.Contains(name, "panics") {
				assert.Equal(t, " outer", handled)
			}
		})
	}
}

// kept holds what a job keeps of its request after the answer.
type kept struct {
	user      string
	own       []context.Context // these show the job's own caller for ever
	fasthttps []context.Context // these are used for the next request, and show nobody
	cancel    func()
	look      chan struct{}
	done      sync.WaitGroup
}

func keep(c *fiber.Ctx) *kept {
	ctx, cancel := context.WithCancel(c.UserContext())
	auth, _ := fibersec.Auth(c)
	return &kept{
		user:      auth.Username(),
		own:       []context.Context{c.UserContext(), context.WithValue(c.UserContext(), key{}, 1), ctx},
		fasthttps: []context.Context{c.Context(), context.WithValue(c.Context(), key{}, 1)},
		cancel:    cancel, look: make(chan struct{}),
	}
}

func (k *kept) check(t *testing.T) {
	for _, ctx := range k.own {
		auth, ok := core.AuthFrom(ctx)
		assert.True(t, ok && auth.Username() == k.user, "%s sees %s", k.user, auth.Username())
	}
	for _, ctx := range k.fasthttps {
		auth, ok := core.AuthFrom(ctx)
		assert.False(t, ok, "%s sees %s", k.user, auth.Username())
	}
}

// TestJobSeesItsOwnCallerOnly has jobs that read their identity while the next request of the connection is served.
func TestJobSeesItsOwnCallerOnly(t *testing.T) {
	var last sync.Map // the job of a connection
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/x", newSecurity(t).Secured(func(c *fiber.Ctx) error {
		conn := c.Get("X-Conn")
		if before, ok := last.Load(conn); ok {
			job := before.(*kept)
			close(job.look)
			job.cancel()
			job.done.Wait()
		}
		job := keep(c)
		job.done.Add(2)
		go func() {
			defer job.done.Done()
			<-job.look
			job.check(t)
		}()
		context.AfterFunc(job.own[2], func() {
			defer job.done.Done()
			job.check(t)
		})
		last.Store(strings.Clone(conn), job)
		return c.SendString(job.user)
	}))
	addr := prepared(t, app)
	var clients sync.WaitGroup
	for n := range 4 {
		clients.Go(func() {
			conn := dial(t, addr)
			answers := bufio.NewReader(conn)
			for i := range 200 {
				user := fmt.Sprintf("user%d-%d", n, i)
				_, err := fmt.Fprintf(conn, "GET /x HTTP/1.1\r\nHost: a\r\nX-User: %s\r\nX-Conn: %d\r\n\r\n", user, n)
				assert.NoError(t, err)
				res, err := http.ReadResponse(answers, nil)
				if !assert.NoError(t, err) {
					return
				}
				body, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				assert.Equal(t, user, string(body))
			}
		})
	}
	clients.Wait()
	last.Range(func(_, last any) bool { // of the last requests, whose connections are closed
		job := last.(*kept)
		job.fasthttps = nil
		close(job.look)
		job.cancel()
		job.done.Wait()
		return true
	})
}

// TestStreamSeesItsCaller reads the identity in the writer of a stream, which runs after the handler has returned.
func TestStreamSeesItsCaller(t *testing.T) {
	answered := make(chan struct{})
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/x", newSecurity(t).Secured(func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			_, _ = w.WriteString("begun\n")
			_ = w.Flush()
			<-answered // c serves no request any more
			auth, _ := core.AuthFrom(ctx)
			_, ok := fibersec.Auth(c)
			_, _ = fmt.Fprintln(w, auth.Username(), ok)
		})
		return nil
	}))
	conn := dial(t, prepared(t, app))
	_, err := io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: a\r\nX-User: ann\r\n\r\n")
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan())
	close(answered)
	require.True(t, lines.Scan())
	assert.Equal(t, "ann false", lines.Text())
	_, ok := fibersec.Auth(nil)
	assert.False(t, ok)
}

// TestContextThatServesAnotherRequest has a handler that outlives its request, as behind Fiber's timeout.New. Fiber uses the
// context for the next request meanwhile, of the same connection or of another, and the context of that request must stay there.
// Requests are sent until that has occurred often enough: Fiber takes its contexts from a pool, which may give out another one.
func TestContextThatServesAnotherRequest(t *testing.T) {
	type late struct {
		c         *fiber.Ctx
		conn      uint64
		end, done chan struct{}
	}
	var last *late           // the requests come one after another
	reused := map[bool]int{} // by whether the connection is the same
	sec := newSecurity(t)
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/x", func(c *fiber.Ctx) error {
		bob := context.WithValue(t.Context(), key{}, "bob")
		c.SetUserContext(bob)
		if last != nil {
			close(last.end)
			<-last.done
			if last.c == c {
				reused[last.conn == c.Context().ConnID()]++
			}
			assert.True(t, bob == c.UserContext())
		}
		l := &late{c: c, conn: c.Context().ConnID(), end: make(chan struct{}), done: make(chan struct{})}
		begun := make(chan struct{})
		go func() {
			defer close(l.done)
			assert.NoError(t, sec.Secured(func(*fiber.Ctx) error { close(begun); <-l.end; return nil })(c))
		}()
		<-begun
		last = l
		return c.SendString("given up")
	})
	addr := prepared(t, app)
	conns := [2]net.Conn{dial(t, addr), dial(t, addr)}
	for i := 0; reused[true] < 3 || reused[false] < 3; i++ {
		require.Less(t, i, 10_000, "Fiber does not use its contexts again")
		conn := conns[i/2%2]
		_, err := io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: a\r\nX-User: ann\r\n\r\n")
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		_ = res.Body.Close()
	}
	close(last.end) // c serves nobody now
	<-last.done
}
