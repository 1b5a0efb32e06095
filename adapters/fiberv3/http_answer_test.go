package fibersec_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
)

// TestHTTPHandlerAnswersAsNetHTTP compares the answers that the client gets.
func TestHTTPHandlerAnswersAsNetHTTP(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"nothing": func(http.ResponseWriter, *http.Request) {},
		"text":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") },
		"html":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"json": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(201)
			_, _ = io.WriteString(w, "{}")
			w.Header().Set("X-Late", "1")
		},
		"fields": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("X-A", "1")
			w.Header().Add("X-A", "2")
			w.Header().Set("X-B", "a\r\nX-C: b")
			w.Header()["X:D"] = []string{"e"}
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
			http.Redirect(w, r, "/y", http.StatusFound)
		},
		"no content":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"early hints":  func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-A", "1"); w.WriteHeader(404) },
		"error":        func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) },
		"not modified": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) },
		"length alone": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "0") },
		"file":         func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "doc.go") },
		"encoded": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "x")
			_, _ = io.WriteString(w, "hello")
		},
		"flushed": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "b")
		},
		"flushed alone": func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"flushed by the controller": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(202)
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, strings.Repeat("b", 50000))
		},
	} {
		servers := onBoth(t, h)
		for _, method := range []string{"GET", "HEAD", "POST"} {
			t.Run(name+" "+method, func(t *testing.T) {
				sent := method + " /x HTTP/1.1\r\nHost: a\r\n\r\n"
				res, want := parse(t, exchange(t, servers["net/http"], sent), method)
				for name, addr := range servers {
					got, body := parse(t, exchange(t, addr, sent), method)
					assert.Equal(t, res.StatusCode, got.StatusCode, name)
					assert.Equal(t, want, body, name)
					for _, h := range []http.Header{res.Header, got.Header} {
						h.Del("Date")
						if method == "HEAD" || len(want) == 0 { // each server says more or less of an empty body
							h.Del("Content-Type")
							h.Del("Content-Length")
						}
					}
					assert.Equal(t, res.Header, got.Header, name)
				}
			})
		}
	}
}

// TestHTTPHandlerKeepsItsLength has handlers that declare a length and write another one.
func TestHTTPHandlerKeepsItsLength(t *testing.T) {
	declares := func(write ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			for _, part := range write {
				if part == "flush" {
					w.(http.Flusher).Flush()
					continue
				}
				_, err := io.WriteString(w, part)
				assert.Equal(t, strings.HasPrefix(part, "more"), err == http.ErrContentLength, "%s %v", part, err) //nolint:errorlint // by identity
			}
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		whole   bool
	}{
		"as declared":          {declares("12345", "67890"), true},
		"as declared, flushed": {declares("12345", "flush", "67890"), true},
		"nothing":              {declares(), false},
		"less":                 {declares("12345"), false},
		"less, flushed":        {declares("12345", "flush"), false},
		"more":                 {declares("1234567890", "more"), true},
		"more, flushed":        {declares("12345", "flush", "67890", "more"), true},
		"too much at once":     {declares("12345", "more567890"), false},
	} {
		t.Run(name, func(t *testing.T) {
			for server, addr := range onBoth(t, c.handler) {
				answer := exchange(t, addr, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
				res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), nil)
				if err == nil {
					var body []byte
					body, err = io.ReadAll(res.Body)
					_ = res.Body.Close()
					if err == nil {
						assert.Equal(t, "1234567890", string(body), server)
					}
				}
				assert.Equal(t, c.whole, err == nil, "%s: %v", server, err)
			}
		})
	}
}

// TestHTTPHandlerSendsALongAnswer has a handler that writes the end of a long answer when the client has got the beginning. Such
// an answer must not be buffered as a whole.
func TestHTTPHandlerSendsALongAnswer(t *testing.T) {
	const part, parts = 64 << 10, 6
	next := make(chan struct{})
	for server, addr := range onBoth(t, func(w http.ResponseWriter, _ *http.Request) {
		for range parts {
			_, _ = io.WriteString(w, strings.Repeat("a", part))
		}
		<-next
		_, _ = io.WriteString(w, "the end")
	}) {
		conn := dial(t, addr)
		_, err := io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, server)
		_, err = io.ReadFull(res.Body, make([]byte, part))
		require.NoError(t, err, server)
		next <- struct{}{}
		rest, err := io.ReadAll(res.Body)
		require.NoError(t, err, server)
		assert.Len(t, rest, (parts-1)*part+len("the end"), server)
		assert.Equal(t, "text/plain; charset=utf-8", res.Header.Get("Content-Type"), server)
		_ = res.Body.Close()
	}
}

// TestHTTPHandlerReadsWhileItWrites sends a long body back while it arrives.
func TestHTTPHandlerReadsWhileItWrites(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 64<<10)
	app := fiber.New(fiber.Config{StreamRequestBody: true, BodyLimit: 1 << 10})
	app.Use(fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(w, r.Body)
		assert.NoError(t, err)
		assert.Equal(t, int64(len(body)), n)
	})))
	answer := exchange(t, prepared(t, app), fmt.Sprintf("POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
		len(body), body))
	_, got := parse(t, answer, "POST")
	assert.True(t, got == body)
}

// TestHTTPHandlerKeepsTheConnection has answers without a body, each followed by another request on the connection.
func TestHTTPHandlerKeepsTheConnection(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"flushed": func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "body")
		},
		"written first": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "body")
			w.(http.Flusher).Flush()
		},
		"long":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("a", 1<<20)) },
		"declared": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "7") },
		"not modified": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "7")
			w.WriteHeader(http.StatusNotModified)
			_, err := io.WriteString(w, "body")
			assert.ErrorIs(t, err, http.ErrBodyNotAllowed)
			w.(http.Flusher).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			for server, addr := range onBoth(t, h) {
				answers := exchange(t, addr, strings.Repeat("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", 3))
				in := bufio.NewReader(strings.NewReader(answers))
				for range 3 {
					start, err := in.Peek(5)
					require.NoError(t, err, server)
					assert.Equal(t, "HTTP/", string(start), "%s: %q", server, answers)
					res, err := http.ReadResponse(in, &http.Request{Method: http.MethodHead})
					require.NoError(t, err, server)
					_ = res.Body.Close()
					assert.False(t, res.Close, server)
					if name == "declared" {
						assert.Equal(t, int64(7), res.ContentLength, server)
					}
					if name == "not modified" && server != "net/http" {
						assert.Empty(t, res.Header.Values("Content-Length"), server)
					}
				}
			}
		})
	}
}

// TestHTTPHandlerEndsAfterHEAD has a handler that writes until Write fails.
func TestHTTPHandlerEndsAfterHEAD(t *testing.T) {
	ended := make(chan error, 1)
	app := fiber.New(fiber.Config{})
	app.Use(fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		var err error
		for err == nil {
			_, err = io.WriteString(w, "event")
		}
		ended <- err
	})))
	assert.Contains(t, exchange(t, prepared(t, app), "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 200 ")
	assert.ErrorIs(t, <-ended, http.ErrBodyNotAllowed)
}

// TestHTTPHandlerSendsFieldNamesOnly has invalid field names, which net/http does not send either.
func TestHTTPHandlerSendsFieldNamesOnly(t *testing.T) {
	for server, addr := range onBoth(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"", "X A", "X:A", "X\r\nX-Evil", "X\x00A", "X\xc3\xa4", "X(A)", "X\tA", "X-Good"} {
			w.Header()[name] = []string{"1"}
		}
	}) {
		head, _, _ := strings.Cut(exchange(t, addr, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), "\r\n\r\n")
		for _, line := range strings.Split(head, "\r\n")[1:] {
			name, _, _ := strings.Cut(line, ":")
			assert.Contains(t, []string{"X-Good", "Date", "Content-Length", "Connection"}, name, server)
		}
		assert.Contains(t, head, "X-Good: 1", server)
	}
}
