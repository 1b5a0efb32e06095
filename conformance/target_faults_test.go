package conformance_test

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// serving starts a handler and returns its URL.
func serving(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := quiet(h, sound().listen)
	t.Cleanup(server.Close)
	return server.URL
}

// talking starts a server that answers every connection with a text, and returns its URL.
func talking(t *testing.T, answer string) string {
	t.Helper()
	return accepting(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, answer)
	})
}

// accepting starts a server that hands over each connection and then closes it, and returns its URL.
func accepting(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				handle(conn)
				_ = conn.Close()
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// encrypted starts the careless service with TLS and HTTP/2.
func encrypted(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(careless{})
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// TestTargetThatCannotBeTried has services that cannot be judged, and what the error says.
func TestTargetThatCannotBeTried(t *testing.T) {
	hang := make(chan struct{})
	const short = 2 * time.Second // which passes, and is long enough for an answer over loopback on a busy machine
	var first atomic.Bool
	for says, c := range map[string]conformance.Target{
		"cannot connect to":           {URL: "http://127.0.0.1:1"},
		"is not a base URL":           {URL: "127.0.0.1:1"},
		"leave out the query":         {URL: "http://127.0.0.1:1", Protected: "/a?b"},
		"begin it with a slash":       {URL: "http://127.0.0.1:1", Public: "a"},
		"and not both":                {URL: "http://127.0.0.1:1", Token: "a"},
		"without its scheme":          {URL: "http://127.0.0.1:1", Token: "Bearer a"},
		"got 404":                     {URL: serving(t, http.NotFound)},
		"got 302, Location: /login":   {URL: serving(t, http.RedirectHandler("/login", http.StatusFound).ServeHTTP)},
		"closed without an answer":    {URL: talking(t, "")},
		"as a server of HTTP/1.1":     {URL: talking(t, "\x00\x00\x12\x04\x00\x00\x00\x00\x00")},
		"no TLS with":                 {URL: encrypted(t).URL},
		"limits requests and goes on": {URL: serving(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "0"); w.WriteHeader(429) })},
		"no answer within 2s":         {URL: serving(t, func(http.ResponseWriter, *http.Request) { <-hang }), Timeout: short},
		"has not answered 3 requests": {URL: serving(t, func(http.ResponseWriter, *http.Request) {
			if first.Swap(true) {
				<-hang
			}
		}), Timeout: short},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			if c.Issuer = shopIssuer; c.Token == "Bearer a" {
				c.Issuer = nil
			}
			if c.Timeout == 0 {
				c.Timeout = patience
			}
			_, err := conformance.CheckTarget(t.Context(), c)
			assert.ErrorIs(t, err, conformance.ErrNotTried)
			assert.ErrorContains(t, err, says)
		})
	}
	t.Cleanup(func() { close(hang) }) // before the servers are closed, which waits for their handlers
}

// TestTargetThatEnds has a service that is stopped while it is tried.
func TestTargetThatEnds(t *testing.T) {
	var server *httptest.Server
	var asked atomic.Int64
	server = quiet(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (careless{}).ServeHTTP(w, r); asked.Add(1) == 20 {
			_ = server.Listener.Close()
		}
	}), sound().listen)
	defer server.Close()
	got, err := conformance.CheckTarget(t.Context(), target(server.URL))
	assert.ErrorIs(t, err, conformance.ErrNotTried)
	assert.ErrorContains(t, err, "cannot connect")
	assert.NotEmpty(t, got.Tried)
}

func TestTargetWithTLS(t *testing.T) {
	server := encrypted(t)
	service := target(server.URL)
	service.Roots = x509.NewCertPool()
	service.Roots.AddCert(server.Certificate())
	got, err := conformance.CheckTarget(t.Context(), service)
	require.NoError(t, err)
	assert.Empty(t, got.Broken())
}

// TestTargetThatIsDifficult has services that are sound, and hard to talk to.
func TestTargetThatIsDifficult(t *testing.T) {
	endless := make(chan struct{})
	defer close(endless)
	for name, h := range map[string]func(w http.ResponseWriter, r *http.Request, n int64){
		"limits requests": func(w http.ResponseWriter, r *http.Request, n int64) {
			if n%10 == 5 {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			careless{}.ServeHTTP(w, r)
		},
		"huge answers": func(w http.ResponseWriter, r *http.Request, _ int64) {
			careless{}.ServeHTTP(w, r)
			for range 8 { // twice what is read of one connection
				_, _ = io.WriteString(w, strings.Repeat("x", 1<<18))
			}
		},
		"cleans paths": func(w http.ResponseWriter, r *http.Request, _ int64) {
			r.URL.Path = path.Clean(r.URL.Path)
			r.URL.RawPath = ""
			careless{}.ServeHTTP(w, r)
		},
		"two challenges in one field": func(w http.ResponseWriter, r *http.Request, _ int64) {
			careless{refuses: challenge(`DPoP algs="ES256", Bearer realm="a, b", error="invalid_token"`)}.ServeHTTP(w, r)
		},
		"ignores the case of paths": func(w http.ResponseWriter, r *http.Request, _ int64) {
			r.URL.Path = strings.ToLower(r.URL.Path)
			careless{}.ServeHTTP(w, r)
		},
		"pages in HTML": func(w http.ResponseWriter, r *http.Request, _ int64) {
			w.Header().Set("Content-Type", "text/html")
			careless{}.ServeHTTP(w, r)
			_, _ = io.WriteString(w, "<html><body>Bearer error="+strings.Repeat("x", 5000))
		},
		"lower case in challenges": func(w http.ResponseWriter, r *http.Request, _ int64) {
			careless{refuses: challenge(`bearer realm=shop`)}.ServeHTTP(w, r)
		},
		"redirects to one form of the path": func(w http.ResponseWriter, r *http.Request, _ int64) {
			if clean := path.Clean(r.URL.Path); clean != r.URL.EscapedPath() {
				http.Redirect(w, r, clean, http.StatusMovedPermanently)
				return
			}
			careless{}.ServeHTTP(w, r)
		},
		"refuses expectations": func(w http.ResponseWriter, r *http.Request, _ int64) {
			if r.Header.Get("Expect") != "" {
				w.WriteHeader(http.StatusExpectationFailed)
				return
			}
			careless{}.ServeHTTP(w, r)
		},
		"early hints": func(w http.ResponseWriter, r *http.Request, _ int64) {
			w.WriteHeader(http.StatusEarlyHints)
			careless{}.ServeHTTP(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			url := serving(t, func(w http.ResponseWriter, r *http.Request) { h(w, r, asked.Add(1)) })
			got, err := conformance.CheckTarget(t.Context(), target(url))
			require.NoError(t, err)
			assert.Empty(t, got.Broken(), "%v", got.Findings)
			assert.Equal(t, name == "limits requests", got.Limited > 0)
			for _, f := range got.Findings {
				assert.NotContains(t, f.Case, "paths/", "a good token may be served at any form of its path")
			}
		})
	}
}

// TestTargetKeepsTheToken has a service that does with the token what it should not. The report must not have it.
func TestTargetKeepsTheToken(t *testing.T) {
	var elsewhere atomic.Int64
	other := serving(t, func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	jwt := shopIssuer.Microkubes(coretest.Claims{"aud": audience})
	for _, token := range []string{jwt, "an-opaque-token-0123456789"} {
		url := serving(t, func(w http.ResponseWriter, r *http.Request) {
			sent := r.Header.Get("Authorization")
			w.Header().Set("Location", other+"/?"+sent)
			w.Header().Set("WWW-Authenticate", `JWT you="`+strings.TrimPrefix(sent, "Bearer ")+`"`)
			if sent == "Bearer "+token && len(r.Header) <= 3 {
				return
			}
			w.WriteHeader(map[bool]int{true: 302, false: 401}[len(sent)%2 == 0])
			_, _ = io.WriteString(w, sent)
		})
		service := target(url)
		service.Issuer, service.Token = nil, token
		got, err := conformance.CheckTarget(t.Context(), service)
		require.NoError(t, err)
		text, err := json.Marshal(got)
		require.NoError(t, err)
		assert.NotEmpty(t, got.Broken())
		secret := token[strings.IndexByte(token, '.')+1:]
		for i := range len(secret) - 12 {
			require.NotContains(t, string(text), secret[i:i+12])
		}
	}
	assert.Zero(t, elsewhere.Load(), "a redirect is not followed")
}

// TestTargetWithoutClosedPaths has a service that serves its page for every path that it does not know, as applications in one
// page do. Nothing can be told by the paths then.
func TestTargetWithoutClosedPaths(t *testing.T) {
	url := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.EscapedPath(), "/shop/") || strings.HasSuffix(r.URL.Path, "/") {
			return
		}
		careless{}.ServeHTTP(w, r)
	})
	got, err := conformance.CheckTarget(t.Context(), target(url))
	require.NoError(t, err)
	assert.NotContains(t, got.Tried, "paths/trailing-slash")
	assert.Contains(t, got.NotTried, conformance.Untried{Case: "paths/trailing-slash", Reason: "needs that paths without a page are refused"})
	assert.Empty(t, got.Broken())
}
