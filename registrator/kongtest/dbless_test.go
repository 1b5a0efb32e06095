package kongtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

const declared = `{"_format_version":"3.0",
	"services":[{"name":"s","url":"http://h","routes":[{"name":"r","paths":["/r"]}],"plugins":[{"name":"cors"}]}],
	"routes":[{"name":"r2","paths":["/r2"],"service":"s"}],
	"upstreams":[{"name":"u","targets":[{"target":"10.0.0.1"}]}]}`

func declaredFor(version string) string {
	if version == "2.8.5" {
		return strings.Replace(declared, "3.0", "2.1", 1)
	}
	return declared
}

func TestDBLess(t *testing.T) {
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version, DBLess: true})
		loaded := k.want(201, "POST /config "+declaredFor(version))
		assert.Len(t, loaded["routes"], 2)
		id := k.id("GET /services/s")
		unsupported := `{"code":12,"name":"operation unsupported","message":"cannot %s entities%s when not using a database"}`
		for request, row := range map[string]struct{ what, by string }{
			`PUT /services/s {"host":"h"}`:                 {"create or update 'services'", " by 'name'"},
			`PUT /services/new {"host":"h"}`:               {"create or update 'services'", " by 'name'"},
			`PUT /services/` + id + ` {"host":"h"}`:        {"create or update 'services'", ""},
			`POST /services {"host":"h"}`:                  {"create 'services'", ""},
			`PATCH /services/s {"retries":1}`:              {"update 'services'", " by 'name'"},
			`DELETE /services/s`:                           {"remove 'services'", " by 'name'"},
			`DELETE /services/` + id:                       {"remove 'services'", ""},
			`PUT /services/s/routes/r {"paths":["/x"]}`:    {"create or update 'routes'", " by 'name'"},
			`DELETE /routes/r`:                             {"remove 'routes'", " by 'name'"},
			`POST /upstreams/u/targets {"target":"a.b"}`:   {"create 'targets'", ""},
			`DELETE /upstreams/u/targets/10.0.0.1:8000`:    {"remove 'targets'", ""},
			`POST /services/s/plugins {"name":"jwt"}`:      {"create 'plugins'", ""},
			`PUT /plugins/` + idA + ` {"name":"key-auth"}`: {"create or update 'plugins'", ""},
		} {
			k.wantJSON(405, fmt.Sprintf(unsupported, row.what, row.by), request)
		}
		k.want(204, `DELETE /services/nope`)
		k.want(404, `PATCH /services/nope {"retries":1}`)
		k.want(404, `DELETE /upstreams/u/targets/10.0.0.2:8000`)
		k.wantJSON(400, `{"code":2,"fields":{"host":"required field missing"}}`, `PUT /services/s {}`)
		k.want(200, `POST /schemas/services/validate {"host":"h"}`)
		assert.Len(t, k.want(200, "GET /services/s/routes")["data"], 2)
		assert.NotEqual(t, k.want(200, "GET /status")["configuration_hash"], "00000000000000000000000000000000")
	}
}

func TestDeclarations(t *testing.T) {
	k := newTester(t, kongtest.Config{DBLess: true})
	k.want(201, "POST /config "+declared)
	for _, broken := range []string{
		`{}`, `{"config":"{"}`, `{"_format_version":"3.0","nope":[]}`, `{"_format_version":"3.0","services":{}}`,
		`{"_format_version":"3.0","services":["x"]}`, `{"_format_version":"3.0","services":[{"name":"s"}]}`,
		`{"_format_version":"3.0","upstreams":[{"name":"u","targets":[{"target":"a b"}]}]}`,
		`{"_format_version":"3.0","routes":[{"paths":["/"],"service":"nope"}]}`,
		`{"_format_version":"3.0","services":[{"name":"s","host":"h"},{"name":"s","host":"h"}]}`,
		`{"_format_version":"9.9"}`, `{"_format_version":3.0}`, `{"config":"{\"services\":[]}"}`,
	} {
		k.want(400, "POST /config "+broken)
	}
	k.want(200, "GET /services/s")
	k.want(201, `POST /config {"config":"{\"_format_version\":\"3.0\",\"services\":[{\"name\":\"other\",\"host\":\"h\"}]}"}`)
	k.want(200, "GET /services/other")
	k.want(404, "GET /services/s")
}

func TestFormatVersions(t *testing.T) {
	for _, row := range []struct {
		body  string
		two   int // the status of Kong 2.8
		three int // the status of Kong 3.9
		says  string
	}{
		{`{"_format_version":"9.9"}`, 400, 400, "_format_version"},
		{`{"_format_version":"3.0"}`, 400, 201, ""},
		{`{"_format_version":"2.1"}`, 201, 201, ""},
		{`{"_format_version":"1.1"}`, 201, 201, ""},
		{`{"_format_version":3}`, 400, 400, "expected a string"},
		{`{"config":"{}"}`, 400, 400, "required field missing"},
	} {
		for _, version := range versions {
			k := newTester(t, kongtest.Config{Version: version, DBLess: true})
			answer := k.ask("POST /config " + row.body)
			assert.Equal(t, map[string]int{"2.8.5": row.two, "3.9.3": row.three}[version], answer.Code, "%s %s", version, row.body)
			assert.Contains(t, answer.Body.String(), row.says, row.body)
		}
	}
}

// TestDeclared loads the result of GET /config into another gateway.
func TestDeclared(t *testing.T) {
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version, DBLess: true})
		k.want(201, "POST /config "+declaredFor(version))
		shown := k.want(200, "GET /config")
		again := newTester(t, kongtest.Config{Version: version, DBLess: true})
		again.want(201, "POST /config "+jsonOf(shown))
		for _, path := range []string{"/services/s", "/routes/r", "/routes/r2/service", "/upstreams/u/targets/10.0.0.1:8000"} {
			assert.Equal(t, k.id("GET "+path), again.id("GET "+path), "%s %s", version, path)
		}
	}
}

// TestConfigWhileRead replaces the configuration while other goroutines read it. It is for the race detector.
func TestConfigWhileRead(t *testing.T) {
	k := newTester(t, kongtest.Config{DBLess: true})
	k.want(201, "POST /config "+declared)
	var work sync.WaitGroup
	for _, request := range []string{"POST /config " + declared, "GET /services/s", "GET /services/s/routes", "PUT /routes/r {}"} {
		work.Go(func() {
			for range 400 {
				k.ask(request)
			}
		})
	}
	work.Wait()
	k.want(200, "GET /services/s")
}

// TestConfigSwapsAtOnce sends requests through the proxy while the configuration is replaced by one whose routes have other ids.
// No request sees a mixture of both. The proxy answers without a service.
func TestConfigSwapsAtOnce(t *testing.T) {
	k := newTester(t, kongtest.Config{DBLess: true})
	config := `POST /config {"_format_version":"3.0",
		"routes":[{"paths":["/r"],"protocols":["https"],"https_redirect_status_code":301}]}`
	k.want(201, config)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 500 {
			k.ask(config)
		}
	}()
	for swapping := true; swapping; {
		select {
		case <-done:
			swapping = false
		default:
		}
		w := httptest.NewRecorder()
		k.Proxy().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/r", nil))
		require.Equal(t, 301, w.Code, w.Body)
	}
}
