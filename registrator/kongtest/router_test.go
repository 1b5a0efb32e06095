package kongtest_test

import (
	"crypto/tls"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// precedence holds routes, each to a service with the same name, and the route that a request takes.
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
	{"", map[string]string{"right": `"hosts":["x.*"]`}, "GET http://x./", "right", ""},
	{"", map[string]string{"port": `"hosts":["h:8080"]`}, "GET http://h:8080/", "port", ""},
	{"", map[string]string{"port": `"hosts":["h:8080"]`}, "GET http://h:80/", "", ""},
	{"", map[string]string{"lower": `"hosts":["api.h"]`}, "GET http://API.h/", "", ""},
	{"", map[string]string{"upper": `"hosts":["API.h"]`}, "GET http://API.h/", "upper", ""},
	{"", map[string]string{"wild": `"hosts":["*.api.h"]`}, "GET http://x.API.h/", "", ""},
	{"", map[string]string{"right": `"hosts":["api.*"]`}, "GET http://API.h/", "", ""},
	{"3.9.3", map[string]string{"six": `"hosts":["[::1]"]`}, "GET http://[::1]/", "six", ""},
	{"2.8.5", map[string]string{"six": `"hosts":["[::1]"]`}, "GET http://[::1]/", "", ""},    // it is looked up without brackets
	{"3.9.3", map[string]string{"six": `"hosts":["[::1]"]`}, "GET http://[::1]:80/", "", ""}, // its port is not removed
	{"2.8.5", map[string]string{"six": `"hosts":["::1"]`}, "GET http://[::1]:80/", "six", ""},
	{"3.9.3", map[string]string{"port": `"hosts":["h:8000"]`}, "GET http://h/", "port", ""}, // the port of the proxy
	{"2.8.5", map[string]string{"port": `"hosts":["h:8000"]`}, "GET http://h/", "", ""},
	{"", map[string]string{"any": `"paths":["/"]`, "head": `"paths":["/"],"headers":{"x-v":["2","3"]}`}, "GET http://h/", "head", "3"},
	{"", map[string]string{"any": `"paths":["/"]`, "head": `"paths":["/"],"headers":{"x-v":["2","3"]}`}, "GET http://h/", "any", "4"},
	{"", map[string]string{"any": `"paths":["/"]`, "head": `"paths":["/"],"headers":{"x-v":["~*^v[0-9]$"]}`}, "GET http://h/", "head", "V7"},
	{"3.9.3", map[string]string{"head": `"headers":{"x-v":["~*^V[0-9]$"]}`}, "GET http://h/", "head", "v7"},
	{"2.8.5", map[string]string{"head": `"headers":{"x-v":["~*^V[0-9]$"]}`}, "GET http://h/", "", "V7"}, // the value that was sent is compared in lower case
	{"3.9.3", map[string]string{"head": `"headers":{"x-v":["1","~*^v"]}`}, "GET http://h/", "head", "v7"},
	{"2.8.5", map[string]string{"head": `"headers":{"x-v":["1","~*^v"]}`}, "GET http://h/", "", "v7"}, // a value is an expression only if it is the only value
	{"2.8.5", map[string]string{"head": `"headers":{"x-v":["1","~*^v"]}`}, "GET http://h/", "head", "~*^V"},
	{"", map[string]string{"head": `"headers":{"x_v":["1"]}`}, "GET http://h/", "head", "1"},
	{"3.9.3", map[string]string{"either": `"paths":["~/a|/b"]`}, "GET http://h/x/b", "either", ""}, // the second alternative is not anchored
	{"2.8.5", map[string]string{"either": `"paths":["/a|/b"]`}, "GET http://h/x/b", "", ""},
	{"2.8.5", map[string]string{"either": `"paths":["/a|/b"]`}, "GET http://h/b", "either", ""},
	{"", map[string]string{"tls": `"hosts":["h"],"snis":["x.h"]`}, "GET http://h/", "tls", ""},
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
	{"2.8.5", map[string]string{"wild": `"hosts":["*.h"]`, "head": `"headers":{"x-v":["1"]}`}, "GET http://x.h/", "wild", "1"},
	{"3.9.3", map[string]string{"wild": `"hosts":["*.h"]`, "head": `"headers":{"x-v":["1"]}`}, "GET http://x.h/", "head", "1"},
	{"", map[string]string{"any": `"methods":["GET"]`, "dots": `"paths":["/b"],"methods":["GET"]`}, "GET http://h/a/%2e%2e/b", "dots", ""},
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
			k := newOrdered(t, version)
			put := func(name, route string) {
				k.want(200, `PUT /services/`+name+` {"url":"http://`+services[name]+`"}`)
				k.want(200, `PUT /services/`+name+`/routes/`+name+` {`+route+`}`)
			}
			for name, route := range row.routes {
				if name != row.takes {
					put(name, route)
				}
			}
			if row.takes != "" { // it is created last, so it does not win by its age
				put(row.takes, row.routes[row.takes])
			}
			_, got := k.through(row.request, "X-V", row.header)
			assert.Equal(t, row.takes, got.Service, "%s %v", version, row)
		}
	}
}

// TestOlderRouteFirst is for Kong 2. In Kong 3, the age of a route does not matter.
func TestOlderRouteFirst(t *testing.T) {
	old, fresh := behind(t, "old"), behind(t, "fresh")
	k := newOrdered(t, "2.8.5")
	for _, row := range []struct{ name, address string }{{"old", old}, {"fresh", fresh}} {
		k.want(200, `PUT /services/`+row.name+` {"url":"http://`+row.address+`"}`)
		k.want(200, `PUT /services/`+row.name+`/routes/`+row.name+` {"paths":["/a"]}`)
	}
	_, got := k.through("GET http://h/a")
	assert.Equal(t, "old", got.Service)
	k.want(200, `PUT /services/old/routes/old {"paths":["/a"]}`)
	_, got = k.through("GET http://h/a")
	assert.Equal(t, "fresh", got.Service, "PUT makes the old route the younger one")
}

func TestRouterDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 5 * time.Second
		k := newTester(t, kongtest.Config{RouterDelay: delay})
		k.want(200, `PUT /upstreams/u {"healthchecks":{"passive":{"unhealthy":{"timeouts":1}}}}`)
		k.want(200, `PUT /services/s {"host":"u","retries":0}`)
		k.want(200, `PUT /services/s/routes/r {"paths":["/a"]}`)
		k.want(201, `POST /upstreams/u/targets {"target":"127.0.0.1:1"}`)
		k.wantJSON(400, `{"message":"Upstream u has no balancer"}`, `PUT /upstreams/u/targets/127.0.0.1:1/healthy`)
		k.want(204, `DELETE /upstreams/u/targets/127.0.0.1:1`)
		status := func() int {
			answer, _ := k.through("GET http://h/a")
			return answer.Code
		}
		assert.Equal(t, 404, status())
		time.Sleep(delay - time.Millisecond)
		assert.Equal(t, 404, status())
		time.Sleep(time.Millisecond)
		assert.Equal(t, 503, status())
		k.want(201, `POST /upstreams/u/targets {"target":"127.0.0.1:1"}`)
		assert.Equal(t, 502, status(), "targets are served at once")
		k.want(204, `PUT /upstreams/u/targets/127.0.0.1:1/unhealthy`)
		assert.Equal(t, 503, status())
		k.want(204, `PUT /upstreams/u/targets/127.0.0.1:1/healthy`)
		k.want(204, `DELETE /routes/r`)
		assert.Equal(t, 502, status())
		time.Sleep(delay)
		assert.Equal(t, 404, status())
	})
}

// TestIndexOfKong2 has a third route that does not match, but decides between two that do: the router looks routes up by its
// first header.
func TestIndexOfKong2(t *testing.T) {
	short, long := behind(t, "short"), behind(t, "long")
	for version, takes := range map[string]string{"2.8.5": "short", "3.9.3": "long"} {
		k := newOrdered(t, version)
		k.want(200, `PUT /services/short {"url":"http://`+short+`"}`)
		k.want(200, `PUT /services/long {"url":"http://`+long+`"}`)
		k.want(200, `PUT /services/short/routes/short {"paths":["/p"],"headers":{"x-a":["1"]}}`)
		k.want(200, `PUT /services/long/routes/long {"paths":["/p/long"],"headers":{"x-b":["1"]}}`)
		_, got := k.through("GET http://h/p/long", "X-A", "1", "X-B", "1")
		assert.Equal(t, "long", got.Service, version)
		k.want(200, `PUT /routes/third {"paths":["/z"],"headers":{"x-a":["1"],"x-c":["1"]}}`)
		_, got = k.through("GET http://h/p/long", "X-A", "1", "X-B", "1")
		assert.Equal(t, takes, got.Service, version)
	}
}

// TestUnderscores tests names of headers with underscores and dashes, which nginx does not change.
func TestUnderscores(t *testing.T) {
	service := behind(t, "s")
	for _, row := range []struct {
		route, sent string
		two, three  bool
	}{
		{"x-v", "X-V", true, true},
		{"x_v", "X-V", true, true},
		{"x_v", "X_V", true, true},
		{"x-v", "X_V", false, true},
		{"X-V", "x_v", false, true},
	} {
		for _, version := range versions {
			k := newTester(t, kongtest.Config{Version: version})
			k.want(200, `PUT /services/s {"url":"http://`+service+`"}`)
			k.want(200, `PUT /services/s/routes/r {"headers":{"`+row.route+`":["1"]}}`)
			answer, _ := k.through("GET http://h/", row.sent, "1")
			assert.Equal(t, map[string]bool{"2.8.5": row.two, "3.9.3": row.three}[version], answer.Code == 200, "%s %+v", version, row)
		}
	}
}

// TestSNIs tests routes that match the TLS server name. Without TLS, they match every request.
func TestSNIs(t *testing.T) {
	for _, row := range []struct {
		version, snis, name string
		found               bool
	}{
		{"", "x.h", "x.h", true},
		{"", "x.h.", "x.h", true},
		{"", "x.h", "y.h", false},
		{"", "x.h", "X.h", false},
		{"", "x.h", "", false},
		{"3.9.3", "*.h", "x.h", true},
		{"3.9.3", "*.h", "h", false},
		{"3.9.3", "x.*", "x.h", true},
		{"3.9.3", "x.*", "y.h", false},
	} {
		for _, version := range versions {
			if row.version != "" && row.version != version {
				continue
			}
			k := newTester(t, kongtest.Config{Version: version})
			k.want(200, `PUT /routes/r {"paths":["/"],"snis":["`+row.snis+`"]}`)
			r := httptest.NewRequest("GET", "http://h/", nil)
			answer := httptest.NewRecorder()
			k.Proxy().ServeHTTP(answer, r)
			assert.Equal(t, 503, answer.Code, "the route has no service")
			r.TLS = &tls.ConnectionState{ServerName: row.name}
			answer = httptest.NewRecorder()
			k.Proxy().ServeHTTP(answer, r)
			assert.Equal(t, row.found, answer.Code == 503, "%s %+v", version, row)
		}
	}
}
