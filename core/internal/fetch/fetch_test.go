package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

func get(t *testing.T, c *fetch.Client, address string) (*fetch.Document, *fetch.Error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return getWithin(ctx, t, c, address, fetch.Validators{})
}

func getWithin(ctx context.Context, t *testing.T, c *fetch.Client, address string, v fetch.Validators) (*fetch.Document, *fetch.Error) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	d, err := c.Get(ctx, u, v)
	if err == nil {
		return d, nil
	}
	failure, ok := err.(*fetch.Error) //nolint:errorlint // it must be this type itself
	require.True(t, ok, "%T", err)
	return nil, failure
}

func server(t *testing.T, h http.HandlerFunc) (*httptest.Server, *fetch.Client) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = silent
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, fetch.New(s.Client(), "127.0.0.1")
}

var silent = log.New(io.Discard, "", 0)

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func TestGet(t *testing.T) {
	s, c := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Cache-Control", "max-age=60")
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, "document")
	})
	d, err := get(t, c, s.URL)
	require.Nil(t, err)
	assert.Equal(t, &fetch.Document{Body: []byte("document"), Validators: fetch.Validators{ETag: `"1"`}, Lifetime: time.Minute, HasLifetime: true}, d)

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	d, err = getWithin(ctx, t, c, s.URL, d.Validators)
	require.Nil(t, err)
	assert.True(t, d.NotModified)
	assert.Equal(t, time.Minute, d.Lifetime)
}

func TestLongValidatorsAreNotSentBack(t *testing.T) {
	s, c := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"`+strings.Repeat("x", 2000)+`"`)
		w.Header().Set("Last-Modified", strings.Repeat("x", 2000))
	})
	d, err := get(t, c, s.URL)
	require.Nil(t, err)
	assert.Zero(t, d.Validators)
}

func TestAnswersThatAreNotDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		answer   http.HandlerFunc
		answered bool
		says     string
		retry    time.Duration
	}{
		"404":                       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, true, "status 404 Not Found", 0},
		"403":                       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, true, "status 403", 0},
		"204":                       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, true, "status 204", 0},
		"304 that nobody asked for": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, true, "status 304", 0},
		"429": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(429)
		}, false, "status 429", 7 * time.Second},
		"500": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, false, "status 500", 0},
		"503 with a body": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "later")
			w.WriteHeader(503)
			_, _ = io.WriteString(w, "secret words")
		}, false, "status 503", 0},
		"too large":  {text(strings.Repeat("x", fetch.MaxBody+1)), true, "more than 1048576 bytes", 0},
		"gzip bomb":  {gzipBomb, true, "more than 1048576 bytes", 0},
		"compressed": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "br") }, true, "compressed", 0},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
					return
				}
			}
		}, true, "more than 1048576 bytes", 0},
		"large header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 1<<17))
		}, false, "the request failed", 0},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "ten bytes.")
		}, false, "the connection ended", 0},
		"reset": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, "the connection ended", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, client := server(t, c.answer)
			_, err := get(t, client, s.URL+"/path?secret=query")
			require.NotNil(t, err)
			assert.Equal(t, c.answered, err.Answered, err)
			assert.Equal(t, c.retry, err.RetryAfter)
			assert.ErrorContains(t, err, s.URL+"/path: ")
			assert.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

func gzipBomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	for range 64 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
}

func TestTheWholeExchangeHasOneDeadline(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"hanging": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"drip": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
			}
		},
		"body that does not come": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "{")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := server(t, answer)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := getWithin(ctx, t, c, s.URL, fetch.Validators{})
			require.NotNil(t, err)
			assert.ErrorContains(t, err, "not complete in time")
			assert.False(t, err.Answered)
		})
	}
}

func TestRedirects(t *testing.T) {
	other := httptest.NewTLSServer(text("other"))
	defer other.Close()
	s, c := server(t, func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "here")
	})
	chain := func(n int) string {
		to := "/end"
		for range n {
			to = "/?to=" + url.QueryEscape(to)
		}
		return to
	}
	port := strings.TrimPrefix(s.URL, "https://127.0.0.1:")
	for to, good := range map[string]bool{
		"/end":                             true,
		s.URL + "/end":                     true,
		chain(2):                           true,
		chain(3):                           false,
		other.URL:                          false, // another port
		"https://localhost:" + port + "/":  false,
		"http://127.0.0.1:" + port + "/":   false,
		"http://169.254.169.254/":          false,
		"file:///etc/passwd":               false,
		"https://a:b@127.0.0.1:" + port:    false,
		"https://127.0.0.1.:" + port + "/": false,
		"//evil.example/":                  false,
	} {
		d, err := get(t, c, s.URL+"/?to="+url.QueryEscape(to))
		if good {
			require.Nil(t, err, to)
			assert.Equal(t, "here", string(d.Body))
			continue
		}
		if assert.NotNil(t, err, to) {
			assert.ErrorContains(t, err, "redirects", to)
			assert.True(t, err.Answered, to)
		}
	}
}

// TestAddressOfTheConnection names a host that resolves to this machine. What counts is the connection, not the name.
func TestAddressOfTheConnection(t *testing.T) {
	s, _ := server(t, text("inside"))
	port := s.Listener.Addr().(*net.TCPAddr).Port
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	named := fmt.Sprintf("https://localhost:%d/", port)
	ofTheirOwn := s.Client() // its DialContext takes example.com for the server
	tlsDialer := &http.Client{Transport: &http.Transport{DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "example.com"}}).DialContext(ctx, network, s.Listener.Addr().String())
	}}}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	old.Transport.(*http.Transport).Dial = func(network, _ string) (net.Conn, error) { //nolint:staticcheck // users may have it
		return net.Dial(network, s.Listener.Addr().String())
	}
	oldTLS := &http.Client{Transport: &http.Transport{}}
	oldTLS.Transport.(*http.Transport).DialTLS = func(network, _ string) (net.Conn, error) { //nolint:staticcheck // users may have it
		return tls.Dial(network, s.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"})
	}
	plain := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}}}
	for name, c := range map[string]struct {
		client *http.Client
		url    string
		host   string
	}{
		"literal":                 {plain, s.URL, "127.0.0.1"},
		"IPv4-mapped":             {plain, fmt.Sprintf("https://[::ffff:127.0.0.1]:%d/", port), "::ffff:127.0.0.1"},
		"localhost":               {plain, named, "LOCALHOST"},
		"DialContext":             {ofTheirOwn, "https://example.com/", "example.com"},
		"DialTLSContext":          {tlsDialer, "https://example.com/", "example.com"},
		"Dial":                    {old, "https://example.com/", "example.com"},
		"DialTLS":                 {oldTLS, "https://example.com/", "example.com"},
		"own dialer, other forms": {plain, fmt.Sprintf("https://2130706433:%d/", port), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := get(t, fetch.New(c.client, "other.example"), c.url)
			require.NotNil(t, err)
			if c.host == "" {
				return // the resolver of this machine may not know this form
			}
			assert.ErrorContains(t, err, "KeysHosts")
			d, err := get(t, fetch.New(c.client, c.host), c.url)
			require.Nil(t, err)
			assert.Equal(t, "inside", string(d.Body))
		})
	}
}

// TestControlOfTheDialer shows that the guard's own dialer checks what a name resolves to: that of localhost is known everywhere.
func TestControlOfTheDialer(t *testing.T) {
	s := httptest.NewServer(text("inside"))
	defer s.Close()
	dial := fetch.Dialer("trusted.example")
	_, err := dial(t.Context(), "tcp", "localhost:"+strings.TrimPrefix(s.URL, "http://127.0.0.1:"))
	assert.ErrorContains(t, err, "KeysHosts")
	conn, err := fetch.Dialer("localhost")(t.Context(), "tcp", "localhost:"+strings.TrimPrefix(s.URL, "http://127.0.0.1:"))
	require.NoError(t, err)
	_ = conn.Close()
}

func TestProxy(t *testing.T) {
	proxy := httptest.NewServer(text("by the proxy")) // on a private address, which the user named
	defer proxy.Close()
	u, _ := url.Parse(proxy.URL)
	c := fetch.New(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(u)}})
	d, err := get(t, c, "http://keys.example/")
	require.Nil(t, err)
	assert.Equal(t, "by the proxy", string(d.Body))
	for _, literal := range []string{"http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://localhost/"} {
		_, err = get(t, c, literal)
		assert.ErrorContains(t, err, "KeysHosts", literal)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestErrorsOfTransportsAreNotQuoted(t *testing.T) {
	c := fetch.New(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("token: %w", io.ErrClosedPipe)
	})})
	_, err := get(t, c, "https://keys.example/keys?secret=1")
	assert.EqualError(t, err, "https://keys.example/keys: the request failed (*errors.errorString)")
	assert.ErrorIs(t, err, io.ErrClosedPipe)

	listener, lErr := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, lErr)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.WriteString(conn, "SECRET words of no protocol\r\n\r\n")
			_ = conn.Close()
		}
	}()
	defer listener.Close()
	_, err = get(t, fetch.New(nil, "127.0.0.1"), "http://"+listener.Addr().String())
	require.NotNil(t, err)
	assert.NotContains(t, err.Error(), "SECRET")
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	s, _ := server(t, text("x"))
	closed := httptest.NewServer(text("x"))
	closed.Close()
	plain := httptest.NewServer(text("x"))
	defer plain.Close()
	c := fetch.New(nil, "127.0.0.1")
	for address, says := range map[string]string{
		s.URL:      "the certificate is not trusted: x509",
		closed.URL: "connection refused",
		strings.Replace(plain.URL, "http", "https", 1): "does not speak TLS",
	} {
		_, err := get(t, c, address)
		assert.ErrorContains(t, err, says)
	}
}

func TestTheUsersClientIsNotChanged(t *testing.T) {
	transport := &http.Transport{}
	user := &http.Client{Transport: transport}
	fetch.New(user)
	assert.Nil(t, user.CheckRedirect)
	assert.Nil(t, transport.DialContext)
	assert.Same(t, transport, user.Transport)
}
