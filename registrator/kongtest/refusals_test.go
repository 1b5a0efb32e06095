package kongtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// refusals are requests that the proxy answers itself. The first segment of each path is that of a route.
var refusals = []struct {
	path   string
	status int
	text   string
	own    bool // Kong answers without trying a service
}{
	{"/none", 404, "no Route matched with those values", true},
	{"/off", 404, "no Route matched with those values", true},
	{"/alone", 503, "no Service found with those values", true},
	{"/nobody", 503, "failure to get a peer from the ring-balancer", true},
	{"/nameless", 503, "failure to get a peer from the ring-balancer", true},
	{"/unknown", 503, "name resolution failed", true},
	{"/secure", 426, "Please use HTTPS protocol", true},
	{"/moved/x?y", 301, "", true},
	{"/grpc", 415, "Non-gRPC request matched gRPC route", true},
	{"/lost", 502, "An invalid response was received from the upstream server", false},
	{"/six", 500, "An unexpected error occurred", false},
	{"/sixurl", 500, "An unexpected error occurred", false},
	{"/lost/%00", 400, "Bad request", true},
	{"/none/%00", 400, "Bad request", true},
	{"/../x", 400, "Bad request", true},
	{"/lost/%2E%2e/../x", 400, "Bad request", true},
}

// longLabel is a name that is too long for a resolver to look up.
var longLabel = strings.Repeat("a", 64) + ".example.com"

func newRefuser(t *testing.T, version string) *tester {
	k := newTester(t, kongtest.Config{Version: version})
	k.want(200, `PUT /upstreams/nobody {}`)
	k.want(200, `PUT /upstreams/nameless {}`)
	k.want(201, `POST /upstreams/nameless/targets {"target":"`+longLabel+`:80"}`)
	for name, service := range map[string]string{
		"lost": `"url":"http://127.0.0.1:1","retries":0`, "nobody": `"host":"nobody"`, "nameless": `"host":"nameless","retries":1`,
		"unknown": `"host":"` + longLabel + `"`, "six": `"host":"::1"`, "sixurl": `"url":"http://[::1]:80/x"`,
	} {
		k.want(200, fmt.Sprintf(`PUT /services/%s {%s}`, name, service))
		k.want(200, fmt.Sprintf(`PUT /services/%s/routes/%s {"paths":["/%s"]}`, name, name, name))
	}
	k.want(200, `PUT /routes/alone {"paths":["/alone"]}`)
	k.want(200, `PUT /services/lost/routes/secure {"paths":["/secure"],"protocols":["https"]}`)
	k.want(200, `PUT /services/lost/routes/moved {"paths":["/moved"],"protocols":["https"],"https_redirect_status_code":301}`)
	k.want(200, `PUT /services/lost/routes/grpc {"paths":["/grpc"],"protocols":["grpc"]}`)
	k.want(200, `PUT /services/off {"host":"h","enabled":false}`)
	k.want(200, `PUT /services/off/routes/off {"paths":["/off"]}`)
	k.want(200, `PUT /routes/tcp {"protocols":["tcp"],"sources":[{"port":1}]}`)
	return k
}

func TestAnswersOfTheProxy(t *testing.T) {
	for _, version := range versions {
		k := newRefuser(t, version)
		for _, row := range refusals {
			answer, _ := k.through("GET http://H:80"+row.path, "Accept", "application/json")
			name := version + " " + row.path
			assert.Equal(t, row.status, answer.Code, name)
			assert.Equal(t, "kong/"+version, answer.Header().Get("Server"), name)
			assert.Equal(t, row.own, answer.Header().Get("X-Kong-Response-Latency") != "", name)
			assert.Equal(t, row.own, answer.Header().Get("Via") == "", name)
			switch row.path {
			case "/secure":
				assert.Equal(t, "TLS/1.2, HTTP/1.1", answer.Header().Get("Upgrade"))
			case "/moved/x?y":
				assert.Equal(t, "https://h/moved/x?y", answer.Header().Get("Location"))
				continue
			}
			want := `{"message":"` + row.text + `"}`
			if id := answer.Header().Get("X-Kong-Request-Id"); id != "" {
				want = `{"message":"` + row.text + `","request_id":"` + id + `"}`
			}
			assert.Equal(t, version == "3.9.3", strings.Contains(want, "request_id"))
			assert.JSONEq(t, want, answer.Body.String(), name)
			assert.Equal(t, "application/json; charset=utf-8", answer.Header().Get("Content-Type"), name)
		}
	}
}

// TestErrorTypes tests the content type of errors by the header Accept.
func TestErrorTypes(t *testing.T) {
	refusers := map[string]*tester{}
	for _, version := range versions {
		refusers[version] = newRefuser(t, version)
	}
	for _, row := range []struct {
		accept, sent         string
		own2, own3           string // the type of an error of Kong
		nginx2, nginx3, says string // the type of an error of nginx
	}{
		{"", "", "json", "json", "plain", "plain", "An invalid response was received from the upstream server\n"},
		{"", "application/json", "json", "json", "json", "json", ""},
		{"", "text/html", "json", "json", "html", "html", "</html>\n"},
		{"*/*", "", "json", "json", "json", "json", ""},
		{"text/*", "", "json", "plain", "plain", "plain", ""},
		{"text/html", "", "json", "html", "html", "html", "server.</p>"},
		{"application/xml;q=0.9", "", "json", "xml", "xml", "xml", "</message>"},
		{"text/html, application/json", "", "json", "html", "json", "html", ""}, // Kong 2 does not parse lists
		{"text/html;q=0.5, application/json", "", "json", "json", "html", "json", ""},
		{"text/html; Q=0.5 , text/plain; q=0.7", "", "json", "plain", "html", "plain", ""},
		{"image/png", "", "json", "json", "json", "json", ""},
		{"text/html;q=0", "", "json", "json", "html", "json", ""},
	} {
		for _, version := range versions {
			k := refusers[version]
			own, nginx := row.own2, row.nginx2
			if version == "3.9.3" {
				own, nginx = row.own3, row.nginx3
			}
			header := []string{"Content-Type", row.sent}
			if row.accept != "" {
				header = append(header, "Accept", row.accept)
			}
			answer, _ := k.through("GET http://h/none", header...)
			assert.Contains(t, answer.Header().Get("Content-Type"), "/"+own+"; charset=utf-8", "%s %+v", version, row)
			answer, _ = k.through("GET http://h/lost", header...)
			assert.Contains(t, answer.Header().Get("Content-Type"), "/"+nginx+"; charset=utf-8", "%s %+v", version, row)
			assert.Contains(t, answer.Body.String(), row.says, "%s %+v", version, row)
			assert.Equal(t, version == "3.9.3", strings.Contains(answer.Body.String(), answer.Header().Get("X-Kong-Request-Id")) &&
				answer.Header().Get("X-Kong-Request-Id") != "", "%s %+v", version, row)
		}
	}
}

func TestTraceOfTheProxy(t *testing.T) {
	for _, version := range versions {
		k := newRefuser(t, version)
		answer, _ := k.through("TRACE http://h/lost")
		assert.Equal(t, 405, answer.Code)
		assert.Equal(t, "text/plain; charset=utf-8", answer.Header().Get("Content-Type"))
	}
}

func TestGRPC(t *testing.T) {
	for _, version := range versions {
		k := newRefuser(t, version)
		k.want(200, `PUT /services/lost/routes/grpcs {"paths":["/sec"],"protocols":["grpcs"]}`)
		ask := func(path string, major int) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, path, nil)
			r.ProtoMajor = major
			r.Header.Set("Content-Type", "application/grpc+proto")
			answer := httptest.NewRecorder()
			k.Proxy().ServeHTTP(answer, r)
			return answer
		}
		answer := ask("/grpc", 1)
		assert.Equal(t, 426, answer.Code)
		assert.Equal(t, "HTTP/2", answer.Header().Get("Upgrade"))
		assert.Contains(t, answer.Body.String(), "Please use HTTP2 protocol")
		assert.Equal(t, 426, ask("/sec", 1).Code)
		answer = ask("/sec", 2)
		assert.Equal(t, 200, answer.Code)
		assert.Equal(t, "1", answer.Header().Get("Grpc-Status"))
		assert.Equal(t, 502, ask("/grpc", 2).Code, "the request is forwarded")
	}
}
