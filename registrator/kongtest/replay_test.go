package kongtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// seeds hold the entities that existed before the recordings.
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
		// The recording does not show its id. It is the last entity of the list.
		{method: "PUT", path: "/routes/f0000000-0000-4000-8000-000000000000",
			body: `{"name": "r1", "paths": ["/svc1"], "service": {"name": "svc1"}}`},
	},
}

// replay sends a recording to a gateway and compares the answers.
type replay struct {
	t        *testing.T
	version  string
	unsorted bool              // the ids do not have the order of the recording
	known    map[string]string // reasons why exchanges are answered differently, by title

	compared map[*exchange]bool
	skipped  map[*exchange]string // the reason
}

func newReplay(t *testing.T, version string, unsorted bool) *replay {
	return &replay{t: t, version: version, unsorted: unsorted, compared: map[*exchange]bool{}, skipped: map[*exchange]string{}}
}

// report logs which answers were compared, and which only in their status. It requires that skipped is the number of the latter.
func (r *replay) report(recorded []*exchange, skipped int) {
	r.t.Helper()
	reasons := map[string][]string{}
	for e, why := range r.skipped {
		reasons[why] = append(reasons[why], e.title)
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		r.t.Logf("%s: skipped, because %s: %q", r.version, why, slices.Sorted(slices.Values(reasons[why])))
	}
	r.t.Logf("%s: compared %d of %d", r.version, len(r.compared), len(recorded))
	assert.Equal(r.t, skipped, len(r.skipped), "skipped")
	assert.Equal(r.t, len(recorded)-skipped-len(r.known), len(r.compared), "compared")
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
			r.skipped[e] = why
			assert.Equal(r.t, e.status, answer.Code, "%v", e)
			continue
		}
		r.compare(e, answer)
		if e.title == "enable passive checks" { // as in the recording
			time.Sleep(7 * time.Second)
		}
	}
}

// pageOf matches requests for a part of a list.
var pageOf = regexp.MustCompile(`[?&](size=\d{1,2}\b|offset=)`)

func (r *replay) skip(e *exchange) string {
	switch {
	case e.method == "GET" && (e.path == "/" || e.path == "/status"):
		return "it describes the machine"
	case r.unsorted && e.status == 200 && pageOf.MatchString(e.path):
		return "which entities are on a page depends on their ids"
	case r.unsorted && e.length > 0 && strings.Contains(e.text, `"data":[`):
		return "the recording has a part of the list, in another order"
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

// newIDs returns the ids that the recorded gateway chose, in order.
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
		if body.ID != "" && !seen[body.ID] && !strings.Contains(e.path+e.body, body.ID) {
			ids = append(ids, body.ID)
		}
		seen[body.ID] = true
	}
	return ids
}

// compare requires the recorded answer, or a different one if the exchange is known to differ.
func (r *replay) compare(e *exchange, answer *httptest.ResponseRecorder) {
	wrong := r.differences(e, answer)
	if why := r.known[e.title]; why != "" {
		assert.NotEmpty(r.t, wrong, "%v: the answer agrees with the recording, so remove the exchange from unlikeRecorded: %s", e, why)
		return
	}
	r.compared[e] = true
	if len(wrong) > 0 {
		assert.Fail(r.t, strings.Join(wrong, "\n"), "%v\nwant %d %s\ngot  %d %s", e, e.status, e.text, answer.Code, answer.Body)
	}
}

// differences compares an answer with the recorded one: the status, the recorded headers, and the body except for times.
func (r *replay) differences(e *exchange, answer *httptest.ResponseRecorder) []string {
	var wrong []string
	unlike := func(what string, want, got any) {
		if want != got {
			wrong = append(wrong, fmt.Sprintf("%s: want %v, got %v", what, want, got))
		}
	}
	got := answer.Body.String()
	unlike("status", e.status, answer.Code)
	for name := range e.answer {
		unlike(name, e.answer.Get(name), answer.Header().Get(name))
	}
	if !strings.HasPrefix(e.text, "{") { // HTML, or empty
		unlike("body", strings.TrimSpace(e.text), strings.TrimSpace(got))
		return wrong
	}
	var value any
	if err := json.Unmarshal([]byte(got), &value); err != nil {
		return append(wrong, err.Error())
	}
	want, complete := readPrefix(e.text)
	unlike("the recorded body is complete", e.length == 0, complete)
	if e.length > 0 && !strings.Contains(got, `"target"`) { // the number of digits of a time in milliseconds varies
		unlike("length", e.length, len(got))
	}
	if why := differ("", r.normal(want), r.normal(value)); why != "" {
		wrong = append(wrong, why)
	}
	return wrong
}

// normal replaces times and node ids by constants. If the ids are in another order, it sorts lists of objects.
func (r *replay) normal(value any) any {
	switch v := value.(type) {
	case cut:
		return cut{r.normal(v.value)}
	case map[string]any:
		for key, inner := range v {
			_, isTime := inner.(float64)
			switch {
			case isTime && (key == "created_at" || key == "updated_at"):
				v[key] = "a time"
			case key == "node_id" && uuids.MatchString(fmt.Sprint(inner)):
				v[key] = "a node"
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

// unlike is the number of exchanges of a recording that describe the machine. All others are compared.
const unlike = 2

func TestTranscripts(t *testing.T) {
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReplay(t, version, false)
				recorded := parseTranscript(t, readRecording(t, "transcript", version))
				r.run(seeds[version], recorded)
				r.report(recorded, unlike)
			})
		})
	}
}
