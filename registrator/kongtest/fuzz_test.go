package kongtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// FuzzAdmin sends arbitrary requests. Every answer must have a known status and a body of its content type, and a repeated read
// must return the same.
func FuzzAdmin(f *testing.F) {
	for _, row := range oddities {
		parts := strings.SplitN(row.request+" ", " ", 3)
		f.Add(parts[0], parts[1], strings.TrimSpace(parts[2]), true, false)
	}
	f.Add("PUT", "/upstreams/n", `{"hash_on_header":{"a":1},"hash_fallback_header":{"a":1}}`, true, false)
	f.Add("POST", "/services", "host=h&tags[]=x&a[=&[1]=2&.=3&name.x=4", true, true)
	f.Fuzz(func(t *testing.T, method, path, body string, three, form bool) {
		target, err := url.Parse(path)
		if err != nil || !strings.HasPrefix(path, "/") || target.Host != "" {
			return
		}
		version := map[bool]string{true: "3.9.3", false: "2.8.5"}[three]
		k := newTester(t, kongtest.Config{Version: version, DBLess: strings.HasPrefix(path, "/config")})
		k.ask(`PUT /services/s {"url":"http://h","tags":["t"]}`)
		k.ask(`PUT /services/s/routes/r {"paths":["/r"]}`)
		k.ask(`PUT /upstreams/u {}`)
		k.ask(`POST /upstreams/u/targets {"target":"10.0.0.1:80"}`)
		ask := func() *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
			r.Method, r.URL = method, target
			r.Header.Set("Content-Type", map[bool]string{true: "application/x-www-form-urlencoded", false: "application/json"}[form])
			w := httptest.NewRecorder()
			k.Admin().ServeHTTP(w, r)
			return w
		}
		answer := ask()
		switch answer.Code {
		case 200, 201, 204, 400, 404, 405, 409, 415, 500:
		default:
			t.Fatalf("status %d", answer.Code)
		}
		if strings.HasPrefix(answer.Header().Get("Content-Type"), "application/json") && method != http.MethodHead {
			assert.True(t, json.Valid(answer.Body.Bytes()), answer.Body)
		}
		if method == http.MethodGet && !strings.HasPrefix(target.Path, "/status") {
			assert.Equal(t, answer.Body.String(), ask().Body.String())
		}
	})
}
