package kongtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// echo is what the service behind the proxy got.
type echo struct {
	Service string
	URI     string
	Host    string
	Header  http.Header
}

// behind starts a service that answers what it got. It returns host and port.
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
		assert.Contains(t, answer.Header().Get("Via"), "kong/"+version)
		assert.NotEmpty(t, answer.Header().Get("X-Kong-Upstream-Latency"))
		assert.NotEmpty(t, answer.Header().Get("X-Kong-Proxy-Latency"))
		assert.Equal(t, "s", answer.Header().Get("Server"))
		assert.Empty(t, answer.Header().Get("X-Kong-Response-Latency"))
		k.want(200, `PATCH /routes/r {"preserve_host":true}`)
		_, got = k.through("GET http://h.example:81/a")
		assert.Equal(t, "h.example:81", got.Host)
	}
}

func TestAnswersOfTheProxy(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	k.want(200, `PUT /upstreams/nobody {}`)
	for name, url := range map[string]string{"lost": "http://127.0.0.1:1", "nobody": "http://nobody"} {
		k.want(200, fmt.Sprintf(`PUT /services/%s {"url":"%s","retries":0}`, name, url))
		k.want(200, fmt.Sprintf(`PUT /services/%s/routes/%s {"paths":["/%s"]}`, name, name, name))
	}
	k.want(200, `PUT /routes/alone {"paths":["/alone"]}`)
	k.want(200, `PUT /services/lost/routes/secure {"paths":["/secure"],"protocols":["https"]}`)
	k.want(200, `PUT /services/lost/routes/moved {"paths":["/moved"],"protocols":["https"],"https_redirect_status_code":301}`)
	k.want(200, `PUT /services/lost/routes/grpc {"paths":["/grpc"],"protocols":["grpc"]}`)
	k.want(200, `PUT /services/off {"host":"h","enabled":false}`)
	k.want(200, `PUT /services/off/routes/off {"paths":["/off"]}`)
	k.want(200, `PUT /routes/tcp {"protocols":["tcp"],"sources":[{"port":1}]}`)
	for _, row := range []struct {
		path   string
		status int
		text   string
		own    bool
	}{
		{"/none", 404, "no Route matched with those values", true},
		{"/off", 404, "no Route matched with those values", true},
		{"/alone", 503, "no Service found with those values", true},
		{"/nobody", 503, "failure to get a peer from the ring-balancer", true},
		{"/lost", 502, "An invalid response was received from the upstream server", false},
		{"/secure", 426, "Please use HTTPS protocol", true},
		{"/moved/x?y", 301, "", true},
		{"/grpc", 415, "Non-gRPC request matched gRPC route", true},
	} {
		answer, _ := k.through("GET http://h:80" + row.path)
		assert.Equal(t, row.status, answer.Code, row.path)
		if row.text != "" {
			assert.JSONEq(t, `{"message":"`+row.text+`"}`, answer.Body.String(), row.path)
		}
		assert.Equal(t, "kong/3.9.3", answer.Header().Get("Server"), row.path)
		assert.Equal(t, row.own, answer.Header().Get("X-Kong-Response-Latency") != "", row.path)
		switch row.path {
		case "/secure":
			assert.Equal(t, "TLS/1.2, HTTP/1.1", answer.Header().Get("Upgrade"))
		case "/moved/x?y":
			assert.Equal(t, "https://h/moved/x?y", answer.Header().Get("Location"))
		}
	}
}

// precedence has routes, each to a service of its own name, and which of them a request takes.
var precedence = []struct {
	version string // "": both
	routes  map[string]string
	request string
	takes   string
	header  string
}{
	{"", map[string]string{"short": `"paths":["/a"]`, "long": `"paths":["/a/b"]`}, "GET http://h/a/b/c", "long", ""},
	{"", map[string]string{"path": `"paths":["/a/b"]`, "both": `"paths":["/a"],"hosts":["h"]`}, "GET http://h/a/b", "both", ""},
	{"", map[string]string{"path": `"paths":["/a"]`, "method": `"paths":["/a"],"methods":["POST"]`}, "POST http://h/a", "method", ""},
	{"", map[string]string{"path": `"paths":["/a"]`, "method": `"paths":["/a"],"methods":["POST"]`}, "GET http://h/a", "path", ""},
	{"", map[string]string{"wild": `"hosts":["*.h"]`, "plain": `"hosts":["x.h"]`}, "GET http://x.h/", "plain", ""},
	{"", map[string]string{"wild": `"hosts":["*.h"]`, "plain": `"hosts":["x.h"]`}, "GET http://Y.h:99/", "wild", ""},
	{"", map[string]string{"right": `"hosts":["x.*"]`}, "GET http://x.com/", "right", ""},
	{"", map[string]string{"right": `"hosts":["x.*"]`}, "GET http://xy.com/", "", ""},
	{"", map[string]string{"port": `"hosts":["h:8080"]`}, "GET http://h:8080/", "port", ""},
	{"", map[string]string{"port": `"hosts":["h:8080"]`}, "GET http://h:80/", "", ""},
	{"", map[string]string{"any": `"paths":["/"]`, "head": `"paths":["/"],"headers":{"x-v":["2","3"]}`}, "GET http://h/", "head", "3"},
	{"", map[string]string{"any": `"paths":["/"]`, "head": `"paths":["/"],"headers":{"x-v":["2","3"]}`}, "GET http://h/", "any", "4"},
	{"", map[string]string{"any": `"paths":["/"]`, "head": `"paths":["/"],"headers":{"x-v":["~*^v[0-9]$"]}`}, "GET http://h/", "head", "V7"},
	{"2.8.5", map[string]string{"plain": `"paths":["/re/12"]`, "regex": `"paths":["/re/[0-9]+"]`}, "GET http://h/re/12", "regex", ""},
	{"3.9.3", map[string]string{"plain": `"paths":["/re/12"]`, "regex": `"paths":["~/re/[0-9]+"]`}, "GET http://h/re/12", "regex", ""},
	{"3.9.3", map[string]string{"literal": `"paths":["/re/\\d+"]`}, "GET http://h/re/12", "", ""},
	{"2.8.5", map[string]string{"regex": `"paths":["/re/\\d+"]`}, "GET http://h/re/12", "regex", ""},
	{"3.9.3", map[string]string{"low": `"paths":["~/a.*"],"regex_priority":1`, "high": `"paths":["~/a"],"regex_priority":2`},
		"GET http://h/abc", "high", ""},
	{"2.8.5", map[string]string{"low": `"paths":["/a.*"],"regex_priority":1`, "high": `"paths":["/(a)"],"regex_priority":2`},
		"GET http://h/abc", "high", ""},
	{"3.9.3", map[string]string{"mixed": `"paths":["/long/path","/l"]`, "middle": `"paths":["/lon"]`}, "GET http://h/lon", "middle", ""},
	{"", map[string]string{"anchored": `"paths":["/b"]`}, "GET http://h/a/b", "", ""},
	{"2.8.5", map[string]string{"host": `"hosts":["h"]`, "path": `"paths":["/a"]`}, "GET http://h/a", "host", ""},
	{"", map[string]string{"host": `"hosts":["h"]`, "dots": `"paths":["/b"],"methods":["GET"]`}, "GET http://h/a/%2e%2e/b", "dots", ""},
}

func TestPrecedence(t *testing.T) {
	services := map[string]string{}
	for _, row := range precedence {
		for name := range row.routes {
			if services[name] == "" {
				services[name] = behind(t, name)
			}
		}
	}
	for _, version := range versions {
		for _, row := range precedence {
			if row.version != "" && row.version != version {
				continue
			}
			k := newTester(t, kongtest.Config{Version: version})
			for name, route := range row.routes {
				k.want(200, `PUT /services/`+name+` {"url":"http://`+services[name]+`"}`)
				k.want(200, `PUT /services/`+name+`/routes/`+name+` {`+route+`}`)
			}
			_, got := k.through(row.request, "X-V", row.header)
			assert.Equal(t, row.takes, got.Service, "%s %v", version, row)
		}
	}
}

func TestOlderRouteFirst(t *testing.T) {
	old, fresh := behind(t, "old"), behind(t, "fresh")
	clock := time.Unix(1500000000, 0)
	k := newTester(t, kongtest.Config{Now: func() time.Time { clock = clock.Add(time.Second); return clock }})
	for _, row := range []struct{ name, address string }{{"old", old}, {"fresh", fresh}} {
		k.want(200, `PUT /services/`+row.name+` {"url":"http://`+row.address+`"}`)
		k.want(200, `PUT /services/`+row.name+`/routes/`+row.name+` {"paths":["/a"]}`)
	}
	_, got := k.through("GET http://h/a")
	assert.Equal(t, "old", got.Service)
	k.want(200, `PUT /services/old/routes/old {"paths":["/a"]}`)
	_, got = k.through("GET http://h/a")
	assert.Equal(t, "fresh", got.Service, "PUT made the old one the younger one")
}

func TestBalancing(t *testing.T) {
	k := newTester(t, kongtest.Config{RouterDelay: 0})
	k.want(200, `PUT /upstreams/u {}`)
	k.want(200, `PUT /services/s {"host":"u"}`)
	k.want(200, `PUT /services/s/routes/r {"paths":["/"]}`)
	for weight, name := range []string{"none", "one", "two", "three"} {
		k.want(201, fmt.Sprintf(`POST /upstreams/u/targets {"target":"%s","weight":%d}`, behind(t, name), weight))
	}
	count := func() map[string]int {
		got := map[string]int{}
		for range 60 {
			_, answer := k.through("GET http://h/")
			got[answer.Service]++
		}
		return got
	}
	fair := func(got map[string]int) {
		assert.InDelta(t, 10, got["one"], 1, got)
		assert.InDelta(t, 20, got["two"], 1, got)
		assert.InDelta(t, 30, got["three"], 1, got)
		assert.Len(t, got, 3, got)
	}
	fair(count())
	lost := k.want(201, `POST /upstreams/u/targets {"target":"127.0.0.1:1","weight":1}`)["id"].(string)
	assert.Zero(t, count()[""], "another target is tried when there is no connection")
	k.want(204, "PUT /upstreams/u/targets/"+lost+"/unhealthy")
	k.want(200, `PATCH /services/s {"retries":0}`)
	fair(count())
	k.want(200, `PATCH /upstreams/u {"host_header":"named"}`)
	_, answer := k.through("GET http://h/")
	assert.Equal(t, "named", answer.Host)
}

func TestRouterDelay(t *testing.T) {
	service := behind(t, "s")
	k := newTester(t, kongtest.Config{RouterDelay: 150 * time.Millisecond})
	k.want(200, `PUT /upstreams/u {}`)
	k.want(200, `PUT /services/s {"host":"u"}`)
	k.want(200, `PUT /services/s/routes/r {"paths":["/a"]}`)
	k.want(201, `POST /upstreams/u/targets {"target":"10.255.0.1:1"}`)
	k.wantJSON(400, `{"message":"Upstream u has no balancer"}`, `PUT /upstreams/u/targets/10.255.0.1:1/healthy`)
	status := func() int {
		answer, _ := k.through("GET http://h/a")
		return answer.Code
	}
	assert.Equal(t, 404, status())
	k.want(204, `DELETE /upstreams/u/targets/10.255.0.1:1`)
	require.Eventually(t, func() bool { return status() == 503 }, 5*time.Second, 5*time.Millisecond)
	k.want(201, `POST /upstreams/u/targets {"target":"`+service+`"}`)
	assert.Equal(t, 200, status(), "targets are live at once")
	k.want(204, `DELETE /routes/r`)
	assert.Equal(t, 200, status())
	require.Eventually(t, func() bool { return status() == 404 }, 5*time.Second, 5*time.Millisecond)
}
