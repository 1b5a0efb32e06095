package echosec_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echov5"
)

// get sends a request of ann over loopback.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// TestStreaming flushes a first event. The client must get it before the handler continues.
func TestStreaming(t *testing.T) {
	next := make(chan struct{})
	e := echo.New()
	e.GET("/x", newSecurity(t).Secured(func(c *echo.Context) error {
		c.Response().Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(c.Response(), "data: first\n")
		assert.NoError(t, http.NewResponseController(c.Response()).Flush())
		select {
		case <-next:
		case <-time.After(time.Minute):
			t.Error("the client did not get the first line")
		}
		_, err := io.WriteString(c.Response(), "data: second\n")
		return err
	}))
	server := httptest.NewServer(e)
	defer server.Close()
	res := get(t, server.URL+"/x")
	assert.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan())
	close(next)
	require.True(t, lines.Scan())
	assert.Equal(t, "data: second", lines.Text())
}

// TestHijack has a handler that takes over its connection in both ways, as packages for websockets do.
func TestHijack(t *testing.T) {
	for name, hijack := range map[string]func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error){
		"by controller": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
			return http.NewResponseController(w).Hijack()
		},
		"by interface": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) { return w.(http.Hijacker).Hijack() },
	} {
		t.Run(name, func(t *testing.T) {
			e := echo.New()
			e.GET("/x", newSecurity(t).Secured(func(c *echo.Context) error {
				conn, buffer, err := hijack(c.Response())
				if !assert.NoError(t, err) {
					return err
				}
				defer conn.Close()
				auth, _ := echosec.Auth(c)
				_, _ = buffer.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: test\r\n\r\nfor " + auth.Username())
				return buffer.Flush()
			}))
			server := httptest.NewServer(e)
			defer server.Close()
			for user, want := range map[string]string{"": "HTTP/1.1 401 Unauthorized\r\n", "X-User: ann\r\n": "HTTP/1.1 101 Switching Protocols\r\n"} {
				conn, err := net.Dial("tcp", server.Listener.Addr().String())
				require.NoError(t, err)
				_, err = io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"+user+"\r\n")
				require.NoError(t, err)
				answer, err := io.ReadAll(conn)
				require.NoError(t, err)
				assert.Contains(t, string(answer), want)
				assert.Equal(t, user != "", bytes.HasSuffix(answer, []byte("for ann")))
				_ = conn.Close()
			}
		})
	}
}

// TestUploadsAreRemoved has a handler that reads a form whose file is stored on disk. The server removes the file afterwards.
func TestUploadsAreRemoved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	e := echo.NewWithConfig(echo.Config{FormParseMaxMemory: 1})
	e.Use(newSecurity(t).Middleware)
	e.POST("/x", newSecurity(t).Secured(func(c *echo.Context) error {
		form, err := c.MultipartForm()
		if !assert.NoError(t, err) {
			return err
		}
		stored, err := filepath.Glob(filepath.Join(dir, "multipart-*"))
		assert.NoError(t, err)
		assert.Len(t, stored, 1)
		return c.String(http.StatusOK, form.File["file"][0].Filename)
	}))
	server := httptest.NewServer(e)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "name")
	require.NoError(t, err)
	_, _ = file.Write(bytes.Repeat([]byte("x"), 1000))
	require.NoError(t, form.Close())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/x", &body)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	r.Header.Set("Content-Type", form.FormDataContentType())
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	_ = res.Body.Close()
	server.Close() // waits for what the server does after the handler
	assert.Equal(t, "name", string(answer))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestShutdown ends the server of Echo's StartConfig while a guarded handler runs. The handler keeps its identity and its context.
func TestShutdown(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	e := echo.New()
	e.GET("/x", newSecurity(t).Secured(func(c *echo.Context) error {
		close(entered)
		<-leave
		auth, _ := echosec.Auth(c)
		assert.NoError(t, c.Request().Context().Err())
		return c.String(http.StatusOK, auth.Username())
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	down := make(chan struct{})
	go func() {
		ended <- echo.StartConfig{Listener: listener, HideBanner: true, HidePort: true, GracefulTimeout: time.Minute,
			BeforeServeFunc: func(s *http.Server) error { s.RegisterOnShutdown(func() { close(down) }); return nil }}.Start(ctx, e)
	}()
	go func() {
		<-entered
		stop()
		<-down
		close(leave)
	}()
	res := get(t, "http://"+listener.Addr().String()+"/x")
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "ann", string(body))
	require.NoError(t, <-ended)
}
