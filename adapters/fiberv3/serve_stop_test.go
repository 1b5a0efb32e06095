package fibersec_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
)

// oneConn is a listener with one connection in memory.
type oneConn struct {
	conn   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

const wholeRequest = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

// TestServeStopsWithoutStalledRequests has clients that stall when the server is told to end. It waits five seconds for a request,
// and as long as it takes for an answer.
func TestServeStopsWithoutStalledRequests(t *testing.T) {
	warmUp(t)
	for name, c := range map[string]struct {
		sends string
		lasts time.Duration
		gets  string // the end of what the client receives
	}{
		"nothing":                          {"", 5 * time.Second, ""},
		"half a request line":              {"GET / HT", 5 * time.Second, ""},
		"half a header":                    {"GET / HTTP/1.1\r\nHo", 5 * time.Second, ""},
		"half a body":                      {"POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12345", 5 * time.Second, ""},
		"half a chunk":                     {"POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1", 5 * time.Second, ""},
		"half a second request":            {wholeRequest + "GET / HTTP/1.1\r\nHo", 5 * time.Second, "Hello"},
		"a handler takes long":             {strings.Replace(wholeRequest, "hello", "slow", 1), 12 * time.Second, "slow"},
		"an answer takes long":             {strings.Replace(wholeRequest, "hello", "stream", 1), 12 * time.Second, "end\r\n0\r\n\r\n"},
		"a second request that takes long": {wholeRequest + strings.Replace(wholeRequest, "hello", "slow", 1), 12 * time.Second, "slow"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				serve, err := fibersec.Serve(slowApp())
				require.NoError(t, err)
				l := &oneConn{conn: make(chan net.Conn, 1), closed: make(chan struct{})}
				near, far := net.Pipe()
				l.conn <- far
				ctx, stop := context.WithCancel(t.Context())
				got := make(chan string, 1)
				go func() {
					b, _ := io.ReadAll(near)
					got <- string(b)
				}()
				ended := make(chan error, 1)
				go func() { ended <- serve(ctx, l, endpoints) }()
				_, err = io.WriteString(near, c.sends)
				require.NoError(t, err)
				synctest.Wait()
				stop()
				told := time.Now()
				assert.NoError(t, <-ended)
				assert.InDelta(t, c.lasts.Seconds(), time.Since(told).Seconds(), 0.5)
				if answer := <-got; c.gets == "" {
					assert.Empty(t, answer)
				} else {
					assert.True(t, strings.HasSuffix(answer, c.gets), answer)
				}
				_ = near.Close()
				time.Sleep(time.Minute) // of virtual time: the goroutines of fasthttp end
			})
		})
	}
}

// slowApp has routes that answer at once, after 12 seconds, and for 12 seconds.
func slowApp() *fiber.App {
	app := fiber.New(fiber.Config{})
	app.All("/hello", func(c fiber.Ctx) error { return c.SendString("Hello") })
	app.Get("/slow", func(c fiber.Ctx) error {
		time.Sleep(12 * time.Second) // of virtual time
		return c.SendString("slow")
	})
	app.Get("/stream", func(c fiber.Ctx) error {
		c.RequestCtx().SetBodyStreamWriter(func(w *bufio.Writer) {
			_, _ = io.WriteString(w, "begin")
			_ = w.Flush()
			time.Sleep(12 * time.Second) // of virtual time
			_, _ = io.WriteString(w, "end")
		})
		return nil
	})
	return app
}

// warmUp serves one request outside of a bubble of testing/synctest, since fasthttp then starts a goroutine that never ends.
func warmUp(t *testing.T) {
	t.Helper()
	addr, stop, ended := served(t, slowApp())
	r, err := http.Get(addr + "/hello")
	require.NoError(t, err)
	_ = r.Body.Close()
	stop()
	require.NoError(t, <-ended)
}
