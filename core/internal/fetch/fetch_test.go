package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
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
		w.Header().Set("Last-Modified", "yesterday")
		w.Header().Set("Cache-Control", "max-age=60")
		if r.Header.Get("If-None-Match") == `"1"` && r.Header.Get("If-Modified-Since") == "yesterday" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, "document")
	})
	d, err := get(t, c, s.URL)
	require.Nil(t, err)
	assert.Equal(t, &fetch.Document{Body: []byte("document"), Validators: fetch.Validators{ETag: `"1"`, LastModified: "yesterday"},
		Lifetime: time.Minute, HasLifetime: true}, d)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
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

// TestNoConnectionIsLeft waits until the server has seen each connection end.
func TestNoConnectionIsLeft(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		ended := make(chan struct{}, 8)
		s := httptest.NewUnstartedServer(text("x"))
		s.EnableHTTP2 = http2
		s.Config.ErrorLog = silent
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				ended <- struct{}{}
			}
		}
		s.StartTLS()
		_, err := get(t, fetch.New(s.Client(), "127.0.0.1"), s.URL)
		require.Nil(t, err)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			assert.Fail(t, "the connection is still there", "HTTP/2: %v", http2)
		}
		s.Close()
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
