package kongtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

func TestPostTargetOfKong2(t *testing.T) {
	k := newTester(t, kongtest.Config{Version: "2.8.5"})
	k.want(200, `PUT /upstreams/u {}`)
	assert.Empty(t, k.ask(`POST /upstreams/u/targets {"target":"h:8000","tags":["a"]}`).Header().Get("Deprecation"))
	again := k.ask(`POST /upstreams/u/targets {"target":"h:8000","weight":1}`)
	assert.Equal(t, "true", again.Header().Get("Deprecation"))
	assert.Contains(t, again.Body.String(), `"tags":["a"]`, "the tags are kept")
	k.wantJSON(409, `{"code":5,"fields":{"target":"h:8000"},"message":"UNIQUE violation detected on '{target=\"h:8000\"}'"}`,
		`POST /upstreams/u/targets {"target":"h"}`)
}

func TestPutReplaces(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	k.want(200, `PUT /services/s {"host":"h","enabled":false,"retries":1,"tags":["x"],"created_at":5}`)
	k.wantJSON(200, `{"enabled":false,"created_at":5}`, `GET /services/s`)
	got := k.want(200, `PUT /services/s {"host":"h"}`)
	assert.Equal(t, true, got["enabled"])
	assert.EqualValues(t, 5, got["retries"])
	assert.Nil(t, got["tags"])
	assert.Greater(t, got["created_at"], 1e9, "PUT stores a new entity with the old id")
}

func TestKeyConflicts(t *testing.T) {
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version})
		k.want(201, `POST /services {"name":"a","host":"h","id":"`+idA+`"}`)
		violation := `{"code":3,"name":"primary key violation","fields":{%s},"message":"primary key violation on key '{%s}'"}`
		k.wantJSON(400, fmt.Sprintf(violation, `"id":"`+idA+`"`, `id=\"`+idA+`\"`),
			`POST /services {"name":"b","host":"h","id":"`+idA+`"}`)
		k.wantJSON(400, fmt.Sprintf(violation, `"name":"b"`, `name=\"b\"`), `PUT /services/b {"host":"h","id":"`+idA+`"}`)
	}
}

func TestPages(t *testing.T) {
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version})
		k.want(200, `PUT /services/s {"host":"h"}`)
		for i := range 25 {
			k.want(201, fmt.Sprintf(`POST /services/s/routes {"paths":["/%d"],"tags":["ab","n%d"]}`, i, i%2))
		}
		for _, list := range []string{"/services/s/routes", "/routes", "/routes?tags=n0", "/tags", "/tags/n1"} {
			path, seen := list, map[string]bool{}
			add := "?size=4"
			if strings.Contains(list, "?") {
				add = "&size=4"
			}
			for path != "" {
				if !strings.Contains(path, "size=") {
					path += add
				}
				page := k.want(200, "GET "+path)
				for _, item := range page["data"].([]any) {
					object := item.(map[string]any)
					key := fmt.Sprint(object["id"], object["entity_id"], object["tag"])
					assert.False(t, seen[key], "%s comes twice in %s", key, list)
					seen[key] = true
				}
				path, _ = page["next"].(string)
				assert.Equal(t, path == "", page["offset"] == nil)
				add = "&size=4"
			}
			want := map[string]int{"/routes?tags=n0": 13, "/tags": 50, "/tags/n1": 12}[list]
			if want == 0 {
				want = 25
			}
			assert.Len(t, seen, want, list)
		}
	}
}

func TestPageHasAHundred(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	for range 101 {
		k.want(201, `POST /services {"host":"h"}`)
	}
	page := k.want(200, "GET /services")
	assert.Len(t, page["data"], 100)
	assert.Len(t, k.want(200, "GET "+page["next"].(string))["data"], 1)
}

func TestDryRunWritesNothing(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	k.want(200, `POST /schemas/services/validate {"name":"s","host":"h"}`)
	k.want(404, `GET /services/s`)
}

func TestNextKeeps(t *testing.T) {
	for version, want := range map[string]string{"2.8.5": "&tags=a,b", "3.9.3": "&tags=a%2Cb&size=1"} {
		k := newTester(t, kongtest.Config{Version: version, Prefix: "/gate"})
		for range 2 {
			k.want(201, `POST /gate/services {"host":"h","tags":["a","b"]}`)
		}
		next := k.want(200, `GET /gate/services?tags=a,b&size=1`)["next"].(string)
		assert.Regexp(t, `^/services\?offset=\w+`+want+"$", next, "the link does not contain the prefix")
	}
}

func TestTargetsByTime(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	k.want(200, `PUT /upstreams/u {}`)
	for i := range 5 {
		k.want(201, fmt.Sprintf(`POST /upstreams/u/targets {"target":"10.0.0.%d:1"}`, i))
	}
	first := k.want(200, `GET /upstreams/u/targets?size=2`)
	assert.Equal(t, "/upstreams/u/targets?offset=2", first["next"])
	assert.Equal(t, "2", first["offset"])
	last := k.want(200, `GET /upstreams/u/targets?size=2&offset=4`)
	assert.Len(t, last["data"], 1)
	assert.Nil(t, last["next"])
	k.want(500, `GET /upstreams/u/targets?offset=x`)
	k.want(200, `PUT /upstreams/other {}`)
	id := last["data"].([]any)[0].(map[string]any)["id"].(string)
	k.want(200, `GET /upstreams/u/targets/`+id)
	k.want(404, `GET /upstreams/other/targets/`+id)
}

func TestForms(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	k.wantJSON(200, `{"retries":3,"enabled":false,"path":null,"tags":["a"]}`,
		"PUT /services/s host=h&retries=3&enabled=false&path=&tags=a", form...)
	k.wantJSON(400, `{"fields":{"retries":"expected an integer"}}`, "PUT /services/s host=h&retries=x", form...)
	k.wantJSON(201, `{"paths":["/a","/b"],"headers":{"x":["1"]},"methods":["GET"]}`,
		"POST /services/s/routes paths[]=/a&paths[]=/b&headers.x=1&methods[1]=GET", form...)
	got := k.want(201, "POST /services/s/plugins name=rate-limiting&config.minute=5&config.redis.port=1", form...)
	assert.EqualValues(t, 5, got["config"].(map[string]any)["minute"])
	got = k.want(200, "PATCH /plugins/"+got["id"].(string)+" config.minute=6", form...)
	assert.EqualValues(t, 6, got["config"].(map[string]any)["minute"])
	k.wantJSON(200, `{"host":"m"}`, "PUT /services/m --x\r\nContent-Disposition: form-data; name=\"host\"\r\n\r\nm\r\n--x--\r\n",
		"Content-Type", "multipart/form-data; boundary=x")
}

func TestContentTypes(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	assert.Equal(t, 415, k.ask(`PUT /services/s {"host":"h"}`, "Content-Type", "").Code, "a body without a type")
	assert.Equal(t, 415, k.ask(`PUT /services {}`, "Content-Type", "text/plain").Code, "the content type is checked before the method")
	assert.Equal(t, 404, k.ask(`PUT /nope {}`, "Content-Type", "text/plain").Code, "the path is checked before the content type")
	k.wantJSON(400, `{"message":"Cannot parse JSON body"}`, `PUT /services/s`, "Content-Type", "application/json")
	k.wantJSON(400, `{"message":"Cannot parse JSON body"}`, `PUT /services/s {"a":1} x`)
	k.want(200, `PUT /services/s {"host":"h"}`, "Content-Type", "application/json; charset=utf-8")
	k.want(200, `GET /services/s`, "Content-Type", "text/plain")
}

func TestOptionsAndHead(t *testing.T) {
	k := newTester(t, kongtest.Config{})
	k.want(200, `PUT /services/s {"host":"h"}`)
	for path, want := range map[string]string{
		"/services/s":                    "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
		"/upstreams/u/targets/all":       "GET, HEAD, OPTIONS",
		"/schemas/routes/validate":       "OPTIONS, POST",
		"/upstreams/u/targets/t":         "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
		"/services/s/routes":             "GET, HEAD, OPTIONS, POST",
		"/upstreams/u/health":            "GET, HEAD, OPTIONS",
		"/upstreams/u/targets/t/healthy": "OPTIONS, PUT",
	} {
		assert.Equal(t, want, k.ask("OPTIONS "+path).Header().Get("Allow"), path)
	}
	head, get := k.ask("HEAD /services/s"), k.ask("GET /services/s")
	assert.Empty(t, head.Body)
	assert.Equal(t, get.Header().Get("Content-Length"), head.Header().Get("Content-Length"))
	assert.Equal(t, 404, k.ask("HEAD /services/nope").Code)
}

func TestNodeInfo(t *testing.T) {
	for version, database := range map[string]string{"3.9.3": "off", "2.8.5": "postgres", "0.14.1": "postgres",
		"3.4.3.5-enterprise-edition": "postgres"} {
		k := newTester(t, kongtest.Config{Version: version, DBLess: database == "off"})
		info := k.want(200, "GET /")
		assert.Equal(t, version, info["version"])
		assert.Equal(t, "Welcome to kong", info["tagline"])
		assert.NotEmpty(t, info["hostname"])
		assert.Regexp(t, uuids, info["node_id"])
		configuration := info["configuration"].(map[string]any)
		assert.Equal(t, database, configuration["database"])
		assert.Equal(t, "traditional", configuration["role"])
		available := info["plugins"].(map[string]any)["available_on_server"].(map[string]any)
		assert.Contains(t, available, "rate-limiting")
		assert.Equal(t, version[0] == '3', available["opentelemetry"] != nil)
		status := k.want(200, "GET /status")
		if database != "off" {
			assert.Equal(t, map[string]any{"reachable": true}, status["database"])
		} else {
			assert.Equal(t, strings.Repeat("0", 32), status["configuration_hash"])
		}
		assert.NotEmpty(t, k.want(200, "GET /plugins/enabled")["enabled_plugins"])
	}
}

func TestHealth(t *testing.T) {
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version})
		k.want(200, `PUT /upstreams/u {"healthchecks":{"passive":{"unhealthy":{"timeouts":1}}}}`)
		k.want(201, `POST /upstreams/u/targets {"target":"[::1]:1"}`)
		method := map[string]string{"2.8.5": "POST", "3.9.3": "PUT"}[version]
		target := "/upstreams/u/targets/%5B0000:0000:0000:0000:0000:0000:0000:0001%5D:1"
		health := func() string {
			data := k.want(200, "GET /upstreams/u/health")["data"].([]any)
			require.Len(t, data, 1)
			return data[0].(map[string]any)["health"].(string)
		}
		assert.Equal(t, "HEALTHY", health())
		k.want(http.StatusNoContent, method+" "+target+"/unhealthy")
		assert.Equal(t, "UNHEALTHY", health())
		k.want(http.StatusNoContent, method+" "+target+"/[::1]:1/healthy")
		assert.Equal(t, "HEALTHY", health())
		k.want(404, method+" /upstreams/u/targets/nope/healthy")
		k.want(http.StatusNoContent, method+" "+target+"/unhealthy")
		id := k.want(200, "GET "+target)["id"].(string)
		k.want(http.StatusNoContent, "DELETE "+target)
		k.want(201, `POST /upstreams/u/targets {"target":"[::1]:1","id":"`+id+`"}`)
		assert.Equal(t, "HEALTHY", health(), "deleting a target deletes its mark")
	}
}
