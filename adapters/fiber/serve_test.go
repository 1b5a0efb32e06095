package fibersec_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
)

// endpoints answers as the endpoints of package service do.
func endpoints(method, path string) (status int, body []byte) {
	if path == "/healthcheck" && (method == "GET" || method == "HEAD") {
		return 503, []byte(`{"status":"stopping"}`)
	}
	return 0, nil
}

// served serves app until stop is called. The channel ended then gets what the server returned.
func served(t *testing.T, app *fiber.App) (addr string, stop func(), ended <-chan error) {
	t.Helper()
	serve, err := fibersec.Serve(app)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, l, endpoints) }()
	t.Cleanup(cancel)
	return "http://" + l.Addr().String(), cancel, done
}

// TestServe has requests for the endpoints in front, which reach no middleware, and for the app.
func TestServe(t *testing.T) {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(func(c *fiber.Ctx) error {
		c.Set("X-Middleware", "yes")
		return c.Next()
	})
	app.Get("/hello", func(c *fiber.Ctx) error { return c.SendString("Hello") })
	app.Get("/panics", func(*fiber.Ctx) error { panic("no database") })
	addr, stop, ended := served(t, app)
	for _, c := range []struct{ method, path, want, middleware string }{
		{"GET", "/healthcheck", `503 {"status":"stopping"}`, ""},
		{"HEAD", "/healthcheck?x=1", "503 ", ""},
		{"POST", "/healthcheck", "404 Cannot POST /healthcheck", "yes"},
		{"GET", "/healthcheck/", "404 Cannot GET /healthcheck/", "yes"},
		{"GET", "/hello", "200 Hello", "yes"},
		{"GET", "/panics", "500 ", ""},
		{"GET", "/hello", "200 Hello", "yes"}, // the process goes on
	} {
		r, err := http.NewRequest(c.method, addr+c.path, nil)
		require.NoError(t, err)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		_ = answer.Body.Close()
		assert.Equal(t, c.want, fmt.Sprint(answer.StatusCode, " ", string(body)), "%s %s", c.method, c.path)
		assert.Equal(t, c.middleware, answer.Header.Get("X-Middleware"), "%s %s", c.method, c.path)
		if answer.StatusCode == 503 {
			assert.Equal(t, "application/json; charset=utf-8", answer.Header.Get("Content-Type"))
			assert.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
			assert.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
			assert.EqualValues(t, len(`{"status":"stopping"}`), answer.ContentLength)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	assert.NoError(t, <-ended)
}

// TestServeTargets has targets that are not the path of an endpoint, although a framework may read them as one.
func TestServeTargets(t *testing.T) {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	addr, stop, ended := served(t, app)
	for target, want := range map[string]int{
		"/healthcheck": 503, "http://a/healthcheck": 503, "/healthcheck#f": 404, "//healthcheck": 404, "//x/healthcheck": 404,
		"/./healthcheck": 404, "/a/../healthcheck": 404, "/%68ealthcheck": 404, "/healthcheck%00": 404, "/healthcheck;a": 404, "/Healthcheck": 404,
	} {
		conn, err := net.Dial("tcp", addr[len("http://"):])
		require.NoError(t, err)
		_, err = io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		_ = answer.Body.Close()
		_ = conn.Close()
		assert.Equal(t, want, answer.StatusCode, target)
	}
	stop()
	assert.NoError(t, <-ended)
}

// TestServeCompletesRequests has a request in progress and an idle connection when the server is told to end.
func TestServeCompletesRequests(t *testing.T) {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	running, release := make(chan struct{}), make(chan struct{})
	app.Get("/hello", func(c *fiber.Ctx) error {
		close(running)
		<-release
		return c.SendString("Hello")
	})
	app.Get("/quick", func(c *fiber.Ctx) error { return c.SendString("Quick") })
	addr, stop, ended := served(t, app)
	idle, err := net.Dial("tcp", addr[len("http://"):])
	require.NoError(t, err)
	defer idle.Close()
	_, err = io.WriteString(idle, "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n")
	require.NoError(t, err)
	reader := bufio.NewReader(idle)
	quick, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, quick.Body)
	_ = quick.Body.Close()

	answer := make(chan string, 1)
	go func() {
		r, err := http.Get(addr + "/hello")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		answer <- fmt.Sprint(string(body), ", closes ", r.Close)
	}()
	<-running
	stop()
	_, err = reader.ReadByte()
	assert.Error(t, err, "the idle connection is closed while the other request is in progress")
	select {
	case err := <-ended:
		assert.Fail(t, "it has not waited", err)
	default:
	}
	close(release)
	assert.Equal(t, "Hello, closes true", <-answer)
	assert.NoError(t, <-ended)
}

// TestServeThatIsToldBefore has a server whose time is over before it begins, and one that has no listener any more.
func TestServeThatIsToldBefore(t *testing.T) {
	for name, told := range map[string]bool{"told": true, "no listener": false} {
		t.Run(name, func(t *testing.T) {
			serve, err := fibersec.Serve(fiber.New(fiber.Config{DisableStartupMessage: true}))
			require.NoError(t, err)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if told {
				cancel()
			} else {
				require.NoError(t, l.Close())
			}
			assert.NoError(t, serve(ctx, l, endpoints))
		})
	}
}

// TestServeRefuses has apps that cannot be served in one process, or not safely.
func TestServeRefuses(t *testing.T) {
	for says, app := range map[string]*fiber.App{
		"the app is nil":                         nil,
		"Prefork starts processes":               fiber.New(fiber.Config{Prefork: true}),
		"UnescapePath hides the path":            fiber.New(fiber.Config{UnescapePath: true}),
		"DisableHeaderNormalizing hides header ": fiber.New(fiber.Config{DisableHeaderNormalizing: true}),
	} {
		serve, err := fibersec.Serve(app)
		assert.ErrorContains(t, err, says)
		assert.Nil(t, serve)
	}
}

// TestServeLimits has the limits of an app that sets none, and of one that sets its own.
func TestServeLimits(t *testing.T) {
	for _, c := range []struct{ config, want fiber.Config }{
		{fiber.Config{}, fiber.Config{ReadTimeout: time.Minute, IdleTimeout: 90 * time.Second}},
		{fiber.Config{ReadTimeout: time.Hour, IdleTimeout: time.Second}, fiber.Config{ReadTimeout: time.Hour, IdleTimeout: time.Second}},
	} {
		c.config.DisableStartupMessage = true
		app := fiber.New(c.config)
		serve, err := fibersec.Serve(app)
		require.NoError(t, err)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, serve(ctx, l, endpoints))
		assert.Equal(t, c.want.ReadTimeout, app.Server().ReadTimeout)
		assert.Equal(t, c.want.IdleTimeout, app.Server().IdleTimeout)
		assert.GreaterOrEqual(t, app.Server().ReadBufferSize, fibersec.ReadBufferSize, "it is prepared")
	}
}
