package fibersec_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/log"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/core"
)

// onBoth serves a handler on net/http and on Fiber, with and without the streaming of request bodies.
func onBoth(t *testing.T, h http.HandlerFunc) map[string]net.Addr {
	t.Helper()
	model := httptest.NewServer(h)
	t.Cleanup(model.Close)
	servers := map[string]net.Addr{"net/http": model.Listener.Addr()}
	for _, streams := range []bool{false, true} {
		app := fiber.New(fiber.Config{DisableStartupMessage: true, StreamRequestBody: streams})
		app.Use(fibersec.HTTPHandler(h))
		servers[fmt.Sprint("fiber, streams ", streams)] = prepared(t, app)
	}
	return servers
}

func parse(t *testing.T, answer, method string) (*http.Response, string) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), &http.Request{Method: method})
	require.NoError(t, err, answer)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	_ = res.Body.Close()
	return res, string(body)
}

// TestHTTPHandlerSeesTheRequestOfNetHTTP compares all that the handler can read.
func TestHTTPHandlerSeesTheRequestOfNetHTTP(t *testing.T) {
	servers := onBoth(t, func(w http.ResponseWriter, r *http.Request) {
		announced := len(r.Trailer)
		body, err := io.ReadAll(r.Body)
		_, again := r.Body.Read(make([]byte, 1))
		host, _, splits := net.SplitHostPort(r.RemoteAddr)
		if len(r.Trailer) == 0 {
			r.Trailer = nil
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"method": r.Method, "url": r.URL, "path": r.URL.EscapedPath(), "proto": fmt.Sprint(r.Proto, r.ProtoMajor, r.ProtoMinor),
			"header": r.Header, "body": string(body), "errors": fmt.Sprint(err, again, splits), "length": r.ContentLength,
			"coding": r.TransferEncoding, "close": r.Close, "host": r.Host, "trailer": r.Trailer, "announced": announced,
			"uri": r.RequestURI, "from": host, "tls": r.TLS != nil, "pattern": r.Pattern,
		})
	})
	const chunked = "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n"
	for name, sent := range map[string]string{
		"plain":             "GET /x?a=b&c=%20 HTTP/1.1\nHost: A.example:80\nX-User: ann\nAccept: a\nAccept: b\n\n",
		"empty values":      "GET / HTTP/1.1\nHost: a\nX-User:\nUser-Agent: \nContent-Type:\nCookie:\n\n",
		"doubled fields":    "GET / HTTP/1.1\nHost: a\nUser-Agent: a\nUser-Agent: b\nCookie: a=1;b=2\nCookie: c=3\nContent-Type: x\nContent-Type: y\n\n",
		"escaped path":      "GET /a%2Fb/%61 HTTP/1.1\nHost: a\n\n",
		"odd path":          "GET /a|b/../c//d;e?f?g HTTP/1.1\nHost: a\n\n",
		"empty query":       "GET /x? HTTP/1.1\nHost: a\n\n",
		"absolute":          "GET http://B.example/x?y HTTP/1.1\nHost: a\n\n",
		"absolute, no path": "GET http://b.example HTTP/1.1\nHost: a\n\n",
		"1.0":               "GET /x HTTP/1.0\n\n",
		"1.0, kept":         "GET /x HTTP/1.0\nConnection: keep-alive\nHost: a\n\n",
		"close":             "GET /x HTTP/1.1\nHost: a\nConnection: close\n\n",
		"body":              "POST /x HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello",
		"body of a GET":     "GET /x HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello",
		"empty body":        "POST /x HTTP/1.1\nHost: a\nContent-Length: 0\n\n",
		"no body":           "POST /x HTTP/1.1\nHost: a\n\n",
		"large body":        "PUT /x HTTP/1.1\nHost: a\nContent-Length: 100000\n\n" + strings.Repeat("a", 100000),
		"form":              "POST /x HTTP/1.1\nHost: a\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 3\n\na=b",
		"chunks":            chunked + "\n5\nhello\n1\n!\n0\n\n",
		"no chunks":         chunked + "\n0\n\n",
		"trailer":           chunked + "Trailer: X-Sum, x-none\n\n5\nhello\n0\nX-Sum: 1\nX-Sum: 2\n\n",
		"silent trailer":    chunked + "X-Sum: 0\n\n5\nhello\n0\nX-Sum: 1\nX-Other: 2\n\n",
		"unparsable path":   "GET /%zz HTTP/1.1\nHost: a\n\n",
		"continued":         "POST /x HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 5\n\nhello",
	} {
		t.Run(name, func(t *testing.T) {
			sent := strings.ReplaceAll(sent, "\n", "\r\n")
			trim := func(answer string) string { return strings.TrimPrefix(answer, "HTTP/1.1 100 Continue\r\n\r\n") }
			res, want := parse(t, trim(exchange(t, servers["net/http"], sent)), "GET")
			for name, addr := range servers {
				if name == "fiber, streams true" && strings.Contains(sent, "\r\nX-Sum") {
					want = strings.Replace(want, `"announced":1`, `"announced":0`, 1)
				}
				got, body := parse(t, trim(exchange(t, addr, sent)), "GET")
				assert.Equal(t, res.StatusCode, got.StatusCode, name)
				if res.StatusCode == 200 {
					assert.JSONEq(t, want, body, name)
				}
			}
		})
	}
}

// TestHTTPHandlerAnswersAsNetHTTP compares what the client gets.
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

func TestHTTPHandlerHasTheContext(t *testing.T) {
	var body string
	app := fiber.New()
	app.Use(func(c *fiber.Ctx) error {
		c.Set("X-Front", "1")
		c.Set("Vary", "Origin")
		c.Set("X-Changed", "1")
		return c.Next()
	}, newSecurity(t).Middleware, func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		if c.Query("rewrite") != "" {
			c.Path("/new%2Fone")
			c.Method("PUT")
			c.Request().Header.Set("X-User", "eve")
		}
		return fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, ctx, r.Context())
			auth, _ := core.AuthFrom(r.Context())
			w.Header().Add("Vary", "Accept")
			w.Header().Set("X-Changed", w.Header().Get("X-Changed")+"2")
			body = fmt.Sprint(auth.Username(), r.Method, r.URL, r.URL.Path, r.RequestURI, r.Header["X-User"])
		}))(c)
	})
	res, _ := do(t, app, request("GET", "/x?y=z", "ann"))
	assert.Equal(t, "annGET/x?y=z/x/x?y=z[ann]", body)
	assert.Equal(t, []string{"Origin", "Accept"}, res.Header["Vary"])
	assert.Equal(t, []string{"12"}, res.Header["X-Changed"])
	assert.Equal(t, []string{"1"}, res.Header["X-Front"])
	do(t, app, request("GET", "/x?rewrite=1", "ann"))
	assert.Equal(t, "annPUT/new%2Fone?rewrite=1/new/one/x?rewrite=1[eve]", body, "as the router has it")
	assert.Panics(t, func() { fibersec.HTTPHandler(nil) })
	assert.Panics(t, func() { fibersec.HTTPHandler(http.HandlerFunc(nil)) })
}

// TestHTTPHandlerHasNoBrokenNames has a name that fasthttp keeps and a server of net/http refuses.
func TestHTTPHandlerHasNoBrokenNames(t *testing.T) {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%q", r.Header)
	})))
	_, body := parse(t, exchange(t, prepared(t, app), "GET /x HTTP/1.1\r\nHost: a\r\nX-User : eve\r\nX-A: b\r\n\r\n"), "GET")
	assert.Equal(t, `map["X-A":["b"]]`, body)
}

func TestHTTPHandlerHasTheStateOfTLS(t *testing.T) {
	model := httptest.NewTLSServer(nil)
	defer model.Close()
	var scheme string
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		scheme = r.Scheme()
		return nil
	})
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(newSecurity(t, look).Middleware, fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, scheme, " ", r.TLS.HandshakeComplete)
	})))
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: model.TLS.Certificates, MinVersion: tls.VersionTLS13})
	require.NoError(t, err)
	go func() { _ = app.Listener(listener) }()
	defer func() { _ = app.Shutdown() }()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+listener.Addr().String(), nil)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	r.Close = true
	res, err := model.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "https true", string(body))
}

// TestHTTPHandlerMayKeepTheRequest reads a request while the next one on the connection is served.
func TestHTTPHandlerMayKeepTheRequest(t *testing.T) {
	print := func(r *http.Request) string {
		return fmt.Sprint(r.Method, r.URL, r.RequestURI, r.Host, r.RemoteAddr, r.Proto, r.Header, r.Trailer, r.ContentLength)
	}
	type job struct {
		r    *http.Request
		want string
	}
	jobs := make(chan job, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for j := range jobs {
			assert.Equal(t, j.want, print(j.r))
			body, err := io.ReadAll(j.r.Body)
			assert.NoError(t, err)
			assert.True(t, len(body) == 7 && bytes.Count(body, body[:1]) == 7, "%q", body)
		}
	}()
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(newSecurity(t).Middleware, fibersec.HTTPHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		jobs <- job{r: r, want: print(r)}
	})))
	var all strings.Builder
	for i := range 100 {
		letter := strings.Repeat(string(rune('a'+i%26)), 7)
		fmt.Fprintf(&all, "POST /%s?%s HTTP/1.1\r\nHost: %s\r\nX-User: ann\r\nX-%s: %s\r\nContent-Length: 7\r\n\r\n%s", letter, letter, letter, letter, letter, letter)
	}
	answers := exchange(t, prepared(t, app), all.String())
	assert.Equal(t, 100, strings.Count(answers, "HTTP/1.1 200 "))
	close(jobs)
	<-done
}

// TestHTTPHandlerRemovesFiles uploads a form that needs temporary files.
func TestHTTPHandlerRemovesFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, config := range []fiber.Config{{}, {DisablePreParseMultipartForm: true}, {StreamRequestBody: true, DisablePreParseMultipartForm: true}} {
		for _, ends := range []string{"returns", "panics", "aborts"} {
			config.DisableStartupMessage, config.BodyLimit = true, 1<<20
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
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: func(_ *fiber.Ctx, p any) { seen = p }}))
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
	assert.Equal(t, value{1}, seen, "the caller's, as it was")
	assert.Contains(t, get("/nil"), "HTTP/1.1 500 ")
	assert.IsType(t, &runtime.PanicNilError{}, seen)
	for _, path := range []string{"/abo", "/exi"} {
		assert.Empty(t, get(path), path)
	}
	for _, path := range []string{"/val", "/abo", "/exi"} {
		answer := get(path + "?flush=1")
		assert.Contains(t, answer, "HTTP/1.1 200 ")
		assert.Contains(t, answer, "begun")
		assert.NotContains(t, answer, "\r\n0\r\n", "it does not pass for a whole answer")
		assert.Nil(t, seen)
	}
}

// TestHTTPHandlerStreams has a client that gets a part before the next is written, and one that goes away.
func TestHTTPHandlerStreams(t *testing.T) {
	next, ended := make(chan struct{}), make(chan error, 1)
	app := fiber.New(fiber.Config{DisableStartupMessage: true, StreamRequestBody: true, ReadBufferSize: 16 << 10})
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
	case <-time.After(10 * time.Second):
		t.Fatal("the handler was not told that the client is gone")
	}
}
