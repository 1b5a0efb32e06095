package kongtest_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestBracketedHost has a service whose host is an IPv6 address. Without brackets, neither version can use it.
func TestBracketedHost(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here: ", err)
	}
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(echo{Host: r.Host})
	}))
	require.NoError(t, service.Listener.Close())
	service.Listener = listener
	service.Start()
	t.Cleanup(service.Close)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version})
		for host, status := range map[string]int{
			"[::1]": 200, "::1": 500, "[0:0:0:0:0:0:0:1]": 200, "0:0:0:0:0:0:0:1": 500, "0000:0000:0000:0000:0000:0000:0000:0001": 500,
		} {
			k.want(200, `PUT /services/s {"host":"`+host+`","port":`+port+`}`)
			k.want(200, `PUT /services/s/routes/r {"paths":["/"]}`)
			answer, got := k.through("GET http://h/")
			assert.Equal(t, status, answer.Code, "%s %s", version, host)
			if status == 200 {
				assert.Equal(t, host+":"+port, got.Host)
			}
		}
		k.want(200, `PUT /upstreams/u {}`)
		k.want(201, `POST /upstreams/u/targets {"target":"[::1]:`+port+`"}`)
		k.want(200, `PUT /services/s {"host":"u"}`)
		answer, _ := k.through("GET http://h/")
		assert.Equal(t, 200, answer.Code, "targets are stored with brackets")
	}
}

// TestVia tests Via, which lists the proxies on the way to the service and back.
func TestVia(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, via := range r.Header["X-Answer"] {
			w.Header().Add("Via", via)
		}
		_ = json.NewEncoder(w).Encode(echo{Header: r.Header})
	}))
	t.Cleanup(service.Close)
	for _, row := range []struct{ version, sent, answered, forwarded, returned string }{
		{"3.9.3", "", "", "1.1 kong/3.9.3", "1.1 kong/3.9.3"},
		{"3.9.3", "1.0 a, 2 b", "1.1 c", "1.0 a, 2 b, 1.1 kong/3.9.3", "1.1 c, 1.1 kong/3.9.3"},
		{"2.8.5", "", "", "", "kong/2.8.5"},
		{"2.8.5", "1.0 a", "1.1 c", "1.0 a", "kong/2.8.5"},
	} {
		k := newTester(t, kongtest.Config{Version: row.version})
		k.want(200, `PUT /services/s {"url":"`+service.URL+`"}`)
		k.want(200, `PUT /services/s/routes/r {"paths":["/"]}`)
		var header []string
		if row.sent != "" {
			header = []string{"Via", row.sent, "X-Answer", row.answered}
		}
		answer, got := k.through("GET http://h/", header...)
		assert.Equal(t, row.forwarded, strings.Join(got.Header["Via"], "|"), "%+v", row)
		assert.Equal(t, row.returned, strings.Join(answer.Header()["Via"], "|"), "%+v", row)
	}
}

// TestPathHandling tests path_handling v1, the older way to join paths, which only Kong 2 implements.
func TestPathHandling(t *testing.T) {
	service := behind(t, "s")
	for _, row := range []struct{ base, strip, request, two, three string }{
		{"/base", "true", "/a/b", "/base/b", "/base/b"},
		{"/base", "true", "/ab", "/baseb", "/base/b"},
		{"/base/", "true", "/a/b", "/base/b", "/base/b"},
		{"/base/", "true", "/a", "/base/", "/base"},
		{"/base", "false", "/a/b", "/basea/b", "/base/a/b"},
		{"/base/", "false", "/a/b", "/base/a/b", "/base/a/b"},
		{"", "true", "/a.", "/", "/"}, // the dot is dropped
		{"", "true", "/a../b", "/b", "/b"},
	} {
		for _, version := range versions {
			k := newTester(t, kongtest.Config{Version: version})
			k.want(200, `PUT /services/s {"url":"http://`+service+row.base+`"}`)
			k.want(200, `PUT /services/s/routes/r {"paths":["/a"],"path_handling":"v1","strip_path":`+row.strip+`}`)
			_, got := k.through("GET http://h" + row.request)
			assert.Equal(t, map[string]string{"2.8.5": row.two, "3.9.3": row.three}[version], got.URI, "%s %+v", version, row)
		}
	}
}

// TestHostHeader tests that Host has the port, unless it is the default port of the protocol.
func TestHostHeader(t *testing.T) {
	for _, row := range []struct {
		protocol string
		port     int
		want     string
	}{
		{"http", 80, "h"}, {"https", 443, "h"}, {"http", 443, "h:443"}, {"https", 80, "h:80"}, {"http", 8000, "h:8000"},
	} {
		assert.Equal(t, row.want, kongtest.HostHeader(row.protocol, "h", row.port))
	}
}
