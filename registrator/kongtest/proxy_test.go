package kongtest_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// echo is a request as the service behind the proxy received it.
type echo struct {
	Service string
	URI     string
	Host    string
	Header  http.Header
}

// behind starts a service that answers with the request that it received. It returns its host and port.
func behind(t *testing.T, name string) string {
	t.Helper()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", name)
		_ = json.NewEncoder(w).Encode(echo{name, r.RequestURI, r.Host, r.Header})
	}))
	t.Cleanup(service.Close)
	return strings.TrimPrefix(service.URL, "http://")
}

// through sends a request as "METHOD http://host/path" through the proxy.
func (t *tester) through(request string, header ...string) (*httptest.ResponseRecorder, echo) {
	t.Helper()
	method, url, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(method, url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	t.Proxy().ServeHTTP(answer, r)
	var got echo
	_ = json.Unmarshal(answer.Body.Bytes(), &got)
	return answer, got
}

func TestPaths(t *testing.T) {
	service := behind(t, "s")
	for _, row := range []struct{ service, route, request, uri, prefix string }{
		{`/base`, `"paths":["/a"]`, "/a/b?x=1", "/base/b?x=1", "/a"},
		{`/base`, `"paths":["/a"]`, "/a", "/base", "/a"},
		{`/base`, `"paths":["/a"]`, "/a/", "/base/", "/a"},
		{`/base`, `"paths":["/x-strip"]`, "/x-stripped", "/base/ped", "/x-strip"},
		{`/base`, `"paths":["/a"],"strip_path":false`, "/a/b", "/base/a/b", ""},
		{`/base/`, `"paths":["/a"],"strip_path":false`, "/a/b", "/base/a/b", ""},
		{`/base/`, `"paths":["/a"]`, "/a/b", "/base/b", "/a"},
		{`/base/`, `"paths":["/a"]`, "/a", "/base", "/a"},
		{`/base/`, `"paths":["/a"]`, "/a/", "/base/", "/a"},
		{``, `"paths":["/a"]`, "/a", "/", "/a"},
		{``, `"paths":["/a"]`, "/a/b/", "/b/", "/a"},
		{``, `"paths":["/"]`, "/a/b", "/a/b", ""},
		{`/base`, `"paths":["/"],"strip_path":false`, "/", "/base", ""},
		{``, `"hosts":["h"]`, "/a//b/../c", "/a/c", ""},
		{``, `"hosts":["h"]`, "/a%20b/%2F?", "/a%20b/%2F?", ""},
		{``, `"paths":["~/u/[0-9]+"]`, "/u/12/x", "/x", "/u/12"},
	} {
		k := newTester(t, kongtest.Config{})
		k.want(200, `PUT /services/s {"url":"http://`+service+row.service+`"}`)
		k.want(200, `PUT /services/s/routes/r {`+row.route+`}`)
		answer, got := k.through("GET http://h" + row.request)
		require.Equal(t, 200, answer.Code, "%v", row)
		assert.Equal(t, row.uri, got.URI, "%v", row)
		assert.Equal(t, row.prefix, got.Header.Get("X-Forwarded-Prefix"), "%v", row)
	}
}

func TestForwardedHeaders(t *testing.T) {
	service := behind(t, "s")
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version})
		k.want(200, `PUT /services/s {"url":"http://`+service+`"}`)
		k.want(200, `PUT /services/s/routes/r {"paths":["/a"]}`)
		answer, got := k.through("GET http://h.example:81/a/b?q", "X-Forwarded-For", "10.9.9.9", "X-Forwarded-Host", "evil", "X-Mine", "1")
		for name, want := range map[string]string{
			"X-Forwarded-For": "10.9.9.9, 192.0.2.1", "X-Real-Ip": "192.0.2.1", "X-Forwarded-Proto": "http",
			"X-Forwarded-Host": "h.example", "X-Forwarded-Port": "8000", "X-Forwarded-Path": "/a/b", "X-Forwarded-Prefix": "/a",
			"X-Mine": "1",
		} {
			assert.Equal(t, want, got.Header.Get(name), name)
		}
		assert.Equal(t, service, got.Host)
		id := got.Header.Get("X-Kong-Request-Id")
		assert.Equal(t, version == "3.9.3", id != "")
		assert.Equal(t, id, answer.Header().Get("X-Kong-Request-Id"))
		assert.Contains(t, answer.Header().Get("Via"), "kong/"+version)
		assert.NotEmpty(t, answer.Header().Get("X-Kong-Upstream-Latency"))
		assert.NotEmpty(t, answer.Header().Get("X-Kong-Proxy-Latency"))
		assert.Equal(t, "s", answer.Header().Get("Server"))
		assert.Empty(t, answer.Header().Get("X-Kong-Response-Latency"))
		k.want(200, `PATCH /routes/r {"preserve_host":true,"strip_path":false}`)
		_, got = k.through("GET http://h.example:81/a", "X-Forwarded-Prefix", "/evil")
		assert.Equal(t, "h.example:81", got.Host)
		assert.Empty(t, got.Header.Get("X-Forwarded-Prefix"), "the header is set only if a prefix is stripped")
	}
}

// TestHopByHop tests headers that are only for the next hop, in both directions.
func TestHopByHop(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "1")
		w.Header().Set("Keep-Alive", "timeout=5")
		w.Header().Set("X-End", "1")
		_ = json.NewEncoder(w).Encode(echo{"s", r.RequestURI, r.Host, r.Header})
	}))
	t.Cleanup(service.Close)
	k := newTester(t, kongtest.Config{})
	k.want(200, `PUT /services/s {"url":"`+service.URL+`"}`)
	k.want(200, `PUT /services/s/routes/r {"paths":["/"]}`)
	answer, got := k.through("GET http://h/", "Connection", "x-hop, Keep-Alive", "X-Hop", "1", "Keep-Alive", "timeout=5",
		"Te", "trailers", "Upgrade", "h2c", "X-End", "1", "Authorization", "Bearer t")
	require.Equal(t, 200, answer.Code)
	for _, name := range []string{"Connection", "X-Hop", "Keep-Alive", "Upgrade"} {
		assert.NotContains(t, got.Header, name, "in the request")
		assert.NotContains(t, answer.Header(), name, "in the answer")
	}
	assert.Equal(t, "trailers", got.Header.Get("Te"), "Kong forwards this value")
	assert.Equal(t, "Bearer t", got.Header.Get("Authorization"))
	assert.Equal(t, "1", got.Header.Get("X-End"))
	assert.Equal(t, "1", answer.Header().Get("X-End"))
}

// TestUpgrade tests a connection that is no longer HTTP, like a WebSocket. Close closes it.
func TestUpgrade(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = both.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: parrot\r\n\r\n")
		_ = both.Flush()
		_, _ = io.Copy(conn, both)
	}))
	defer service.Close()
	before := goleak.IgnoreCurrent()
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	k := &tester{t, gateway}
	k.want(200, `PUT /services/s {"url":"`+service.URL+`"}`)
	k.want(200, `PUT /services/s/routes/r {"paths":["/"]}`)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(gateway.ProxyURL(), "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: parrot\r\n\r\n")
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, answer.StatusCode)
	_, err = io.WriteString(conn, "hello")
	require.NoError(t, err)
	said := make([]byte, 5)
	_, err = io.ReadFull(reader, said)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(said))
	gateway.Close()
	_, err = reader.ReadByte()
	require.ErrorIs(t, err, io.EOF, "Close cuts it")
	goleak.VerifyNone(t, before)
}
