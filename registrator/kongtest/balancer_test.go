package kongtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

func TestBalancing(t *testing.T) {
	k := newTester(t, kongtest.Config{RouterDelay: 0})
	k.want(200, `PUT /upstreams/u {"healthchecks":{"passive":{"unhealthy":{"tcp_failures":9}}}}`)
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
	assert.Zero(t, count()[""], "if a target cannot be connected, the next one is tried")
	k.want(204, "PUT /upstreams/u/targets/"+lost+"/unhealthy")
	k.want(200, `PATCH /services/s {"retries":0}`)
	fair(count())
	k.want(200, `PATCH /upstreams/u {"host_header":"named"}`)
	_, answer := k.through("GET http://h/")
	assert.Regexp(t, `^named:\d+$`, answer.Host, "the port of the target is added")
}

// TestRacingTargets posts targets as if simultaneously. Kong 2.8 stores them all. Its list does not show all of them, but each
// gets its share of the requests.
func TestRacingTargets(t *testing.T) {
	for version, rows := range map[string]int{"2.8.5": 3, "3.9.3": 1} {
		k := newTester(t, kongtest.Config{Version: version, RacingTargets: true})
		k.want(200, `PUT /upstreams/u {}`)
		for i := range 3 {
			status := 201
			if i > 0 && rows == 1 {
				status = 409
			}
			k.want(status, `POST /upstreams/u/targets {"target":"10.0.0.1:80"}`)
		}
		assert.Len(t, k.want(200, "GET /upstreams/u/targets")["data"], 1, version)
		assert.Len(t, k.want(200, "GET /upstreams/u/targets/all")["data"], rows, version)
	}
}
