package fibersec_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// TestHTTPHandlerSeesTheRequestOfNetHTTP compares everything that the handler can read of a request.
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

// TestBrokenNamesAreRefused has field names with white space in front of the colon, which a server of net/http refuses. fasthttp
// 1.69 has a field with a space in its name, 1.70 the field of the name without it, and later versions refuse the request.
func TestBrokenNamesAreRefused(t *testing.T) {
	sec := newSecurity(t)
	var ran atomic.Int32
	count := func(c fiber.Ctx) error { ran.Add(1); return c.SendString("served") }
	app := fiber.New(fiber.Config{})
	app.Get("/secured", sec.Secured(count))
	app.Get("/public", sec.Public(count))
	app.Group("/group", sec.Middleware).Get("/x", count)
	app.Get("/mount", fibersec.HTTPHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran.Add(1) })))
	addr := prepared(t, app)
	for _, path := range []string{"/secured", "/public", "/group/x", "/mount"} {
		start := "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
		for fields, status := range map[string]int{
			"X-User: ann\r\nX-A: b\r\n c :d\r\nX-B: c :d\r\n": 200, // no name has a space
			"X-User : ann\r\n":                400,
			"X-User\t: ann\r\n":               400,
			"X-User  : ann\r\nX-A: b\r\n":     400,
			"X-User: ann\r\nX-User : eve\r\n": 400,
			"X-User: ann\r\nCookie : a=b\r\n": 400,
			"X-User: ann\r\nX-A : b\r\n":      400,
		} {
			ran.Store(0)
			res, _ := parse(t, exchange(t, addr, start+fields+"\r\n"), "GET")
			assert.Equal(t, status, res.StatusCode, "%s %q", path, fields)
			assert.Equal(t, status == 200, ran.Load() == 1, "%s %q", path, fields)
		}
	}
}

func TestHTTPHandlerHasTheStateOfTLS(t *testing.T) {
	model := httptest.NewTLSServer(nil)
	defer model.Close()
	var scheme string
	var handshake bool
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		scheme = r.Scheme()
		conn, ok := core.RequestAs[interface{ TLSState() *tls.ConnectionState }](r)
		handshake = ok && conn.TLSState().HandshakeComplete
		return nil
	})
	app := fiber.New(fiber.Config{})
	app.Use(newSecurity(t, look).Middleware, fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, scheme, " ", r.TLS.HandshakeComplete, " ", handshake)
	})))
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: model.TLS.Certificates, MinVersion: tls.VersionTLS13})
	require.NoError(t, err)
	go func() { _ = app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
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
	assert.Equal(t, "https true true", string(body))
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
	app := fiber.New(fiber.Config{})
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
