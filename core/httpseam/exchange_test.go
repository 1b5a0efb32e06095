package httpseam_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// at is a httpseam.Context with the request and the writer of a test.
type at struct {
	r *http.Request
	w http.ResponseWriter
}

func (a *at) Request() *http.Request        { return a.r }
func (a *at) SetRequest(r *http.Request)    { a.r = r }
func (a *at) Response() http.ResponseWriter { return a.w }

var (
	_ core.Request    = (*httpseam.Exchange)(nil)
	_ core.FieldLines = (*httpseam.Exchange)(nil)
	_ core.Response   = (*httpseam.Exchange)(nil)
)

// TestImportsCoreOnly checks that this package adds no dependency to an adapter but package core.
func TestImportsCoreOnly(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	for _, path := range strings.Fields(string(out)) {
		assert.Regexp(t, `^github\.com/microkubes/microkubes-go/core(/httpseam|/internal/.*)?$`, path)
	}
}

// TestRequest reads requests with forwarding headers, which must change nothing.
func TestRequest(t *testing.T) {
	forwarded := http.Header{
		"Forwarded": {"for=1.1.1.1;host=evil;proto=https"}, "X-Forwarded-For": {"1.1.1.1"}, "X-Real-Ip": {"1.1.1.1"},
		"X-Forwarded-Host": {"evil"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Method": {"PUT"}, "X-Http-Method-Override": {"PUT"},
		"X-Original-Url": {"/evil"}, "X-Forwarded-Uri": {"/evil?evil"},
	}
	for name, c := range map[string]struct {
		change func(r *http.Request)
		want   []string // method, scheme, host, path, query, peer
	}{
		"plain": {func(*http.Request) {}, []string{"GET", "http", "example.com", "/x", "a=%20", "192.0.2.1:1234"}},
		"TLS": {func(r *http.Request) { r.TLS = new(tls.ConnectionState) },
			[]string{"GET", "https", "example.com", "/x", "a=%20", "192.0.2.1:1234"}},
		"method in small letters": {func(r *http.Request) { r.Method = "get" },
			[]string{"get", "http", "example.com", "/x", "a=%20", "192.0.2.1:1234"}},
		"host with a port": {func(r *http.Request) { r.Host = "A.example:80" },
			[]string{"GET", "http", "A.example:80", "/x", "a=%20", "192.0.2.1:1234"}},
		"peer": {func(r *http.Request) { r.RemoteAddr = "[::1]:9" },
			[]string{"GET", "http", "example.com", "/x", "a=%20", "[::1]:9"}},
		"no query": {func(r *http.Request) { r.URL.RawQuery = "" },
			[]string{"GET", "http", "example.com", "/x", "", "192.0.2.1:1234"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/x?a=%20", nil)
			r.Header = forwarded.Clone()
			c.change(r)
			x := &httpseam.Exchange{Context: &at{r: r}}
			assert.Equal(t, c.want, []string{x.Method(), x.Scheme(), x.Host(), x.RoutePath(), x.RawQuery(), x.RemoteAddr()})
		})
	}
}

func TestTLSState(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	x := &httpseam.Exchange{Context: &at{r: r}}
	assert.Nil(t, x.TLSState())
	r.TLS = new(tls.ConnectionState)
	assert.Same(t, r.TLS, x.TLSState())
}

func TestRoutePathIsNotDecoded(t *testing.T) {
	for target, want := range map[string]string{
		"/a/b":              "/a/b",
		"/a%2Fb":            "/a%2Fb",
		"/public%2Forders|": "/public%2Forders|",
		"/%61/../b":         "/%61/../b",
		"/a//b":             "/a//b",
	} {
		u, err := url.ParseRequestURI(target)
		require.NoError(t, err)
		x := &httpseam.Exchange{Context: &at{r: &http.Request{URL: u}}}
		assert.Equal(t, want, x.RoutePath())
		u.Path += "2" // middleware has changed Path and not RawPath: every chain refuses it
		if u.RawPath != "" {
			assert.Equal(t, "%", x.RoutePath(), target)
		}
	}
}

func TestHeadersAreCounted(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		first string
	}{
		"none":              {nil, ""},
		"one":               {[]string{"a"}, "a"},
		"two":               {[]string{"a", "b"}, "a"},
		"an empty one":      {[]string{""}, ""},
		"an empty one, two": {[]string{"", "b"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := &http.Request{Header: http.Header{"X-Other": {"c"}}, Trailer: http.Header{"X-Name": {"of a trailer"}}}
			if c.lines != nil {
				r.Header["X-Name"] = c.lines
			}
			x := &httpseam.Exchange{Context: &at{r: r}}
			first, count := x.Header("X-Name")
			assert.Equal(t, c.first, first)
			assert.Equal(t, len(c.lines), count)
			assert.Equal(t, c.lines, x.FieldLines("X-Name"))
			assert.Zero(t, testing.AllocsPerRun(100, func() { x.Header("X-Name") }))
		})
	}
}

// TestRequestThatIsReplaced sets another request in the context meanwhile, as a provider may.
func TestRequestThatIsReplaced(t *testing.T) {
	a := &at{r: httptest.NewRequest(http.MethodGet, "/first?1", nil)}
	x := &httpseam.Exchange{Context: a}
	assert.Equal(t, "/first", x.RoutePath())
	a.r = httptest.NewRequest(http.MethodPut, "https://second/second?2", nil)
	a.r.RemoteAddr = "second:1"
	a.r.Header["X-Name"] = []string{"second"}
	first, count := x.Header("X-Name")
	assert.Equal(t, []string{"PUT", "https", "second", "/second", "2", "second:1", "second"},
		[]string{x.Method(), x.Scheme(), x.Host(), x.RoutePath(), x.RawQuery(), x.RemoteAddr(), first})
	assert.Equal(t, 1, count)
	assert.Equal(t, []string{"second"}, x.FieldLines("X-Name"))
}

func TestResponseHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(x *httpseam.Exchange)
		want http.Header
	}{
		"set":       {func(x *httpseam.Exchange) { x.SetHeader("A", "1") }, http.Header{"A": {"1"}, "Vary": {"Origin", "Cookie"}}},
		"set twice": {func(x *httpseam.Exchange) { x.SetHeader("A", "1"); x.SetHeader("A", "2") }, http.Header{"A": {"2"}, "Vary": {"Origin", "Cookie"}}},
		"set what is there": {func(x *httpseam.Exchange) { x.SetHeader("Vary", "A") },
			http.Header{"Vary": {"A"}}},
		"add":       {func(x *httpseam.Exchange) { x.AddHeader("A", "1") }, http.Header{"A": {"1"}, "Vary": {"Origin", "Cookie"}}},
		"add twice": {func(x *httpseam.Exchange) { x.AddHeader("A", "1"); x.AddHeader("A", "2") }, http.Header{"A": {"1", "2"}, "Vary": {"Origin", "Cookie"}}},
		"add to what is there": {func(x *httpseam.Exchange) { x.AddHeader("Vary", "A") },
			http.Header{"Vary": {"Origin", "Cookie", "A"}}},
		"add behind others": {func(x *httpseam.Exchange) {
			x.SetHeader("A", "1")
			x.SetHeader("B", "1")
			x.AddHeader("A", "2")
		}, http.Header{"A": {"1", "2"}, "B": {"1"}, "Vary": {"Origin", "Cookie"}}},
		"many": {func(x *httpseam.Exchange) {
			for _, name := range []string{"A", "B", "C", "D", "E", "F"} {
				x.SetHeader(name, "1")
				x.AddHeader("A", name)
			}
		}, http.Header{"A": {"1", "A", "B", "C", "D", "E", "F"}, "B": {"1"}, "C": {"1"}, "D": {"1"}, "E": {"1"}, "F": {"1"}, "Vary": {"Origin", "Cookie"}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Header()["Vary"] = []string{"Origin", "Cookie"} // of middleware in front
			c.do(&httpseam.Exchange{Context: &at{w: w}})
			assert.Equal(t, c.want, w.Header())
		})
	}
}

// TestSend answers over a socket, behind middleware that has set the Content-Length of another body.
func TestSend(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		status int
		body   string
		want   string
	}{
		"a refusal":     {"GET", 401, "no", "401 2 no"},
		"one to HEAD":   {"HEAD", 401, "no", "401 2 "},
		"one to POST":   {"POST", 503, "later", "503 5 later"},
		"an empty body": {"GET", 302, "", "302 0 "},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "99")
				assert.NoError(t, (&httpseam.Exchange{Context: &at{r, w}}).Send(c.status, []byte(c.body)))
			}))
			defer server.Close()
			r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL, nil)
			require.NoError(t, err)
			res, err := server.Client().Do(r)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, c.want, res.Status[:3]+" "+res.Header.Get("Content-Length")+" "+string(body))
		})
	}
}

// lazy keeps the status until the first write, as Gin's writer does.
type lazy struct {
	*httptest.ResponseRecorder
	status int
	err    error
}

func (l *lazy) WriteHeader(status int) { l.status = status }

func (l *lazy) Write(p []byte) (int, error) {
	l.ResponseRecorder.WriteHeader(l.status)
	_, _ = l.ResponseRecorder.Write(p)
	return len(p), l.err
}

func TestSendWritesAtOnce(t *testing.T) {
	broken := errors.New("broken pipe")
	w := &lazy{ResponseRecorder: httptest.NewRecorder(), err: broken}
	assert.Equal(t, broken, (&httpseam.Exchange{Context: &at{w: w}}).Send(403, nil))
	assert.Equal(t, 403, w.Code)
}

// TestNoResponse has a framework that has given up the request.
func TestNoResponse(t *testing.T) {
	x := &httpseam.Exchange{Context: &at{}}
	x.SetHeader("A", "1")
	x.AddHeader("A", "1")
	assert.EqualError(t, x.Send(401, nil), "httpseam: the response can no longer be written")
}
