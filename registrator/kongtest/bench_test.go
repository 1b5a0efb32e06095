package kongtest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// discarding is a ResponseWriter that discards everything.
type discarding struct {
	header http.Header
	status int
}

func (d *discarding) Header() http.Header         { return d.header }
func (d *discarding) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarding) WriteHeader(status int)      { d.status = status }

func BenchmarkAdmin(b *testing.B) {
	for _, row := range []struct{ name, request string }{
		{"put-service", `PUT /services/s7 {"url":"http://127.0.0.1:8080/base","tags":["owner:me"]}`},
		{"put-route", `PUT /services/s7/routes/r7 {"paths":["/r7"],"tags":["owner:me"]}`},
		{"get-service", `GET /services/s7`},
		{"patch-target", `PATCH /upstreams/u/targets/10.0.0.7:80 {"weight":5}`},
		{"put-plugin", `PUT /services/s7/plugins/` + idA + ` {"name":"rate-limiting","config":{"minute":5}}`},
		{"list-tagged", `GET /services?tags=owner:me`},
		{"put-upstream", `PUT /upstreams/u {}`},
	} {
		b.Run(row.name, func(b *testing.B) {
			gateway := kongtest.New(kongtest.Config{})
			defer gateway.Close()
			ask := func(request string) int {
				parts := strings.SplitN(request+" ", " ", 3)
				path, query, _ := strings.Cut(parts[1], "?")
				w := &discarding{header: http.Header{}}
				gateway.Admin().ServeHTTP(w, &http.Request{
					Method: parts[0],
					URL:    &url.URL{Path: path, RawQuery: query},
					Header: http.Header{"Content-Type": {"application/json"}},
					Body:   io.NopCloser(strings.NewReader(parts[2])),
				})
				return w.status
			}
			ask(`PUT /upstreams/u {}`)
			for i := range 100 {
				ask(fmt.Sprintf(`PUT /services/s%d {"host":"h"}`, i))
				ask(fmt.Sprintf(`PUT /services/s%d/routes/r%d {"paths":["/r%d"]}`, i, i, i))
				ask(fmt.Sprintf(`POST /upstreams/u/targets {"target":"10.0.0.%d:80"}`, i))
			}
			gateway.Forget()
			b.ReportAllocs()
			for b.Loop() {
				if status := ask(row.request); status != http.StatusOK {
					b.Fatal(status)
				}
			}
		})
	}
}
