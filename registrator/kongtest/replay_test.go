package kongtest_test

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// seeds are what was there before a recording began.
var seeds = map[string][]*exchange{
	"3.9.3": {
		{method: "PUT", path: "/services/305cf1d5-1c94-49e0-8271-80a3bc9b9dcc",
			body: `{"name": "svc1", "url": "http://127.0.0.1:19090/base"}`},
		{method: "PUT", path: "/routes/4be07314-735b-4873-a697-4db4047edb86",
			body: `{"name": "r1", "paths": ["/svc1"], "service": {"name": "svc1"}}`},
	},
	"2.8.5": {
		{method: "PUT", path: "/services/de0d8a8a-7a6d-495e-ac4a-aff89b6f6076",
			body: `{"name": "svc1", "url": "http://127.0.0.1:19090/base"}`},
		// Its id was cut off. It is the last one of the list.
		{method: "PUT", path: "/routes/f0000000-0000-4000-8000-000000000000",
			body: `{"name": "r1", "paths": ["/svc1"], "service": {"name": "svc1"}}`},
	},
}

// replayed counts what a replay compared.
type replayed struct {
	compared int
	skipped  int
	failed   int
}

// replay sends a recording to a gateway and compares the answers. ids are those that new entities got.
type replay struct {
	t        *testing.T
	version  string
	unsorted bool // the ids are in another order than they were
	quiet    bool
	replayed
}

func (r *replay) run(before, recorded []*exchange) {
	ids := newIDs(recorded)
	config := kongtest.Config{Version: r.version, NewID: func() string {
		if len(ids) == 0 {
			return "ffffffff-0000-4000-8000-000000000000"
		}
		next := ids[0]
		ids = ids[1:]
		return next
	}}
	clock := time.Unix(1795489276, 0)
	config.Now = func() time.Time {
		clock = clock.Add(7 * time.Millisecond)
		return clock
	}
	if strings.HasPrefix(r.version, "3.") {
		config.RouterDelay = 5 * time.Second
	}
	gateway := kongtest.New(config)
	defer gateway.Close()
	for _, e := range before {
		e.setContentType()
		require.Equal(r.t, 200, send(gateway, e).Code, "%v", e)
	}
	for _, e := range recorded {
		answer := send(gateway, e)
		if why := r.skip(e); why != "" {
			r.skipped++
			if !r.quiet {
				r.t.Logf("skipped %v: %s", e, why)
			}
			continue
		}
		r.compared++
		if !r.compare(e, answer) {
			r.failed++
		}
		if e.title == "enable passive checks" { // the recording waited, too
			time.Sleep(7 * time.Second)
		}
	}
}

func (r *replay) skip(e *exchange) string {
	switch {
	case e.path == "/", e.path == "/status":
		return "it describes the machine"
	case r.unsorted && strings.Contains(e.path, "size=") && e.status == 200:
		return "which entities are on a page depends on their ids"
	case r.unsorted && strings.Contains(e.path, "offset=") && e.status == 200:
		return "which entities are on a page depends on their ids"
	case r.unsorted && e.length > 0 && strings.Contains(e.text, `"data":[`):
		return "a list that was cut, in another order"
	}
	return ""
}

func send(gateway *kongtest.Gateway, e *exchange) *httptest.ResponseRecorder {
	var body io.Reader
	if e.body != "" {
		body = strings.NewReader(e.body)
	}
	request := httptest.NewRequest(e.method, e.path, body)
	for name, values := range e.header {
		request.Header[name] = values
	}
	answer := httptest.NewRecorder()
	gateway.Admin().ServeHTTP(answer, request)
	return answer
}

// newIDs returns the ids that the gateway chose, in the order in which it did.
func newIDs(recorded []*exchange) []string {
	var ids []string
	seen := map[string]bool{}
	for _, e := range recorded {
		var body struct {
			ID string `json:"id"`
		}
		if e.method != "POST" && e.method != "PUT" || e.status/100 != 2 || json.Unmarshal([]byte(e.text), &body) != nil {
			continue
		}
		if body.ID != "" && !seen[body.ID] && !strings.Contains(e.path, body.ID) {
			ids = append(ids, body.ID)
		}
		seen[body.ID] = true
	}
	return ids
}

func (r *replay) compare(e *exchange, answer *httptest.ResponseRecorder) bool {
	got := answer.Body.String()
	ok := assert.Equal(r.t, e.status, answer.Code, "%v\n%s", e, got)
	for name := range e.answer {
		ok = assert.Equal(r.t, e.answer.Get(name), answer.Header().Get(name), "%s of %v", name, e) && ok
	}
	switch {
	case e.text == "":
		return assert.Empty(r.t, got, "%v", e) && ok
	case !strings.HasPrefix(e.text, "{"):
		return assert.Equal(r.t, strings.TrimSpace(e.text), strings.TrimSpace(got), "%v", e) && ok
	}
	var value any
	if !assert.NoError(r.t, json.Unmarshal([]byte(got), &value), "%v\n%s", e, got) {
		return false
	}
	want, complete := readPrefix(e.text)
	if complete != (e.length == 0) {
		r.t.Errorf("%v: the recording is broken", e)
	}
	if e.length > 0 && !strings.Contains(got, `"target"`) { // milliseconds have more or fewer digits
		ok = assert.Len(r.t, got, e.length, "%v", e) && ok
	}
	want, value = r.normal(want), r.normal(value)
	if why := differ("", want, value); why != "" {
		return assert.Fail(r.t, why, "%v\nwant %s\ngot  %s", e, e.text, got)
	}
	return ok
}

// normal takes the times out, and the order where it says nothing.
func (r *replay) normal(value any) any {
	switch v := value.(type) {
	case cut:
		return cut{r.normal(v.value)}
	case map[string]any:
		for key, inner := range v {
			switch key {
			case "created_at", "updated_at", "node_id":
				v[key] = "normal"
			default:
				v[key] = r.normal(inner)
			}
		}
	case []any:
		for i := range v {
			v[i] = r.normal(v[i])
		}
		if r.unsorted && len(v) > 0 {
			if _, isObject := v[0].(map[string]any); isObject {
				sort.Slice(v, func(i, j int) bool { return jsonOf(v[i]) < jsonOf(v[j]) })
			}
		}
	}
	return value
}

func jsonOf(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

// reached is how many exchanges were compared when this test was written. It must not become fewer.
var reached = map[string]int{"3.9.3": 132, "2.8.5": 132}

func TestTranscripts(t *testing.T) {
	for version, least := range reached {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &replay{t: t, version: version}
				r.run(seeds[version], parseTranscript(t, readTranscript(t, version)))
				t.Logf("compared %d, skipped %d", r.compared, r.skipped)
				assert.GreaterOrEqual(t, r.compared, least)
				assert.Zero(t, r.failed)
			})
		})
	}
}
