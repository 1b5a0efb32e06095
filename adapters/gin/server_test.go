package ginsec_test

import (
	"bufio"
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
)

// send sends a request of ann to the path /x of server.
func send(t *testing.T, server *httptest.Server, client *http.Client, method, contentType string, body io.Reader) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/x", body)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	r.Header.Set("Content-Type", contentType)
	res, err := client.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// TestStreaming flushes a first line. The client must get it before the handler continues.
func TestStreaming(t *testing.T) {
	next := make(chan struct{})
	engine := gin.New()
	engine.GET("/x", newSecurity(t).Secured(func(c *gin.Context) {
		_, _ = io.WriteString(c.Writer, "first\n")
		c.Writer.Flush()
		select {
		case <-next:
		case <-time.After(time.Minute):
			t.Error("the client did not get the first line")
		}
		_, _ = io.WriteString(c.Writer, "second\n")
	}))
	server := httptest.NewServer(engine)
	defer server.Close()
	lines := bufio.NewScanner(send(t, server, server.Client(), "GET", "", nil).Body)
	require.True(t, lines.Scan())
	close(next)
	require.True(t, lines.Scan())
	assert.Equal(t, "second", lines.Text())
}

// TestHijackedConnection has a guarded handler that takes over the connection.
func TestHijackedConnection(t *testing.T) {
	engine := gin.New()
	engine.GET("/x", newSecurity(t).Middleware, func(c *gin.Context) {
		conn, _, err := c.Writer.Hijack()
		if !assert.NoError(t, err) {
			return
		}
		auth, _ := ginsec.Auth(c)
		_, _ = io.WriteString(conn, "HTTP/1.1 418 "+auth.Username()+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		_ = conn.Close()
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	assert.Equal(t, "418 ann", send(t, server, server.Client(), "GET", "", nil).Status)
}

// TestUploads has handlers that leave an upload in a temporary file. The server removes it, also when the handler panics.
func TestUploads(t *testing.T) {
	for name, end := range map[string]func(){"returns": func() {}, "panics": func() { panic("of the handler") }} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			part, err := form.CreateFormFile("file", "name")
			require.NoError(t, err)
			_, err = part.Write([]byte("content"))
			require.NoError(t, err)
			require.NoError(t, form.Close())
			stored := ""
			engine := gin.New()
			engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) { c.AbortWithStatus(500) }))
			engine.MaxMultipartMemory = 1
			engine.POST("/x", newSecurity(t).Secured(func(c *gin.Context) {
				header, err := c.FormFile("file")
				if !assert.NoError(t, err) {
					return
				}
				file, err := header.Open()
				assert.NoError(t, err)
				stored = file.(*os.File).Name()
				_ = file.Close()
				end()
			}))
			server := httptest.NewServer(engine)
			send(t, server, server.Client(), "POST", form.FormDataContentType(), &body)
			server.Close() // waits for what the server does after the handler
			require.NotEmpty(t, stored)
			assert.NoFileExists(t, stored)
		})
	}
}

// TestH2C serves HTTP/2 without TLS, as the engine's own option does.
func TestH2C(t *testing.T) {
	engine := gin.New()
	engine.UseH2C = true
	engine.Use(newSecurity(t).Middleware)
	engine.GET("/x", func(c *gin.Context) {
		auth, _ := ginsec.Auth(c)
		c.String(http.StatusOK, auth.Username()+" "+c.Request.Proto)
	})
	server := httptest.NewServer(engine.Handler())
	defer server.Close()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	body, err := io.ReadAll(send(t, server, client, "GET", "", nil).Body)
	require.NoError(t, err)
	assert.Equal(t, "ann HTTP/2.0", string(body))
	refused, err := client.Get(server.URL + "/x")
	require.NoError(t, err)
	defer refused.Body.Close()
	assert.Equal(t, 401, refused.StatusCode)
	assert.NotEmpty(t, refused.Header.Get("Www-Authenticate"))
}
