package fibersec_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/log"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// TestHTTPHandlerRemovesFiles uploads a form that needs temporary files.
func TestHTTPHandlerRemovesFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, config := range []fiber.Config{{}, {DisablePreParseMultipartForm: true}, {StreamRequestBody: true, DisablePreParseMultipartForm: true}} {
		for _, ends := range []string{"returns", "panics", "aborts"} {
			config.BodyLimit = 1 << 20
			found := make(chan int, 1)
			app := fiber.New(config)
			app.Use(recover.New(), fibersec.HTTPHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				assert.NoError(t, r.ParseMultipartForm(1))
				files, _ := filepath.Glob(filepath.Join(dir, "multipart-*"))
				found <- len(files)
				assert.Equal(t, "ann", r.FormValue("name"))
				file, _, err := r.FormFile("file")
				if assert.NoError(t, err) {
					size, _ := io.Copy(io.Discard, file)
					assert.EqualValues(t, 100000, size)
					_ = file.Close()
				}
				switch ends {
				case "panics":
					panic("broken")
				case "aborts":
					panic(http.ErrAbortHandler)
				}
			})))
			body := "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nann\r\n" +
				"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + strings.Repeat("a", 100000) + "\r\n--b--\r\n"
			exchange(t, prepared(t, app), fmt.Sprintf("POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"+
				"Content-Length: %d\r\n\r\n%s", len(body), body))
			assert.Positive(t, <-found)
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Empty(t, left, "%s %+v", ends, config.StreamRequestBody)
		}
	}
}

// TestHTTPHandlerPanics has panics before and after the first Flush.
func TestHTTPHandlerPanics(t *testing.T) {
	log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	var seen any
	app := fiber.New(fiber.Config{})
	app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: func(_ fiber.Ctx, p any) { seen = p }}))
	type value struct{ int }
	for path, p := range map[string]any{"value": value{1}, "nil error": error(nil), "abort": http.ErrAbortHandler, "exit": nil} {
		h := func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "begun")
			if r.URL.Query().Has("flush") {
				w.(http.Flusher).Flush()
			}
			if path == "exit" {
				runtime.Goexit()
			}
			panic(p)
		}
		app.Get("/"+path[:3], fibersec.HTTPHandler(http.HandlerFunc(h)))
	}
	addr := prepared(t, app)
	get := func(path string) string {
		seen = nil
		return exchange(t, addr, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
	}
	assert.Contains(t, get("/val"), "HTTP/1.1 500 ")
	assert.Equal(t, value{1}, seen, "the panic is passed on unchanged")
	assert.Contains(t, get("/nil"), "HTTP/1.1 500 ")
	assert.IsType(t, &runtime.PanicNilError{}, seen)
	for _, path := range []string{"/abo", "/exi"} {
		assert.Empty(t, get(path), path)
	}
	for _, path := range []string{"/val", "/abo", "/exi"} {
		answer := get(path + "?flush=1")
		assert.Contains(t, answer, "HTTP/1.1 200 ")
		assert.Contains(t, answer, "begun")
		assert.NotContains(t, answer, "\r\n0\r\n", "the client must not take it for a whole answer")
		assert.Nil(t, seen)
	}
}

// TestHTTPHandlerStreams has a client that gets one part before the next is written, and then goes away.
func TestHTTPHandlerStreams(t *testing.T) {
	next, ended := make(chan struct{}), make(chan error, 1)
	app := fiber.New(fiber.Config{StreamRequestBody: true, ReadBufferSize: 16 << 10})
	app.Post("/x", newSecurity(t).Secured(fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		_, err := r.Body.Read(make([]byte, 1))
		assert.ErrorIs(t, err, http.ErrBodyReadAfterClose)
		<-next
		auth, _ := core.AuthFrom(r.Context())
		_, _ = fmt.Fprintln(w, auth.Username())
		w.(http.Flusher).Flush()
		for err = nil; err == nil; {
			_, err = io.WriteString(w, strings.Repeat("a", 1<<16))
		}
		ended <- err
	}))))
	conn := dial(t, prepared(t, app))
	_, err := io.WriteString(conn, "POST /x HTTP/1.1\r\nHost: a\r\nX-User: ann\r\nContent-Length: 3\r\n\r\nabc")
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err, "the header is sent by itself")
	defer res.Body.Close()
	close(next)
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "ann\n", line)
	_ = conn.Close()
	select {
	case err := <-ended:
		assert.Error(t, err)
	case <-time.After(time.Minute):
		t.Fatal("the handler was not told that the client is gone")
	}
}
