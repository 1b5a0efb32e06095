package kongtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// tester sends requests to a gateway in memory.
type tester struct {
	*testing.T
	*kongtest.Gateway
}

func newTester(t *testing.T, config kongtest.Config) *tester {
	t.Helper()
	gateway := kongtest.New(config)
	t.Cleanup(gateway.Close)
	return &tester{t, gateway}
}

// runs returns the number of repetitions of a randomized test: few, or many if the environment variable MICROKUBES_LONG is 1.
func runs(few, many int) int {
	if os.Getenv("MICROKUBES_LONG") == "1" {
		return many
	}
	return few
}

// newOrdered returns a tester whose clock advances by a second at each call, so that entities have an order.
func newOrdered(t *testing.T, version string) *tester {
	t.Helper()
	clock := time.Unix(1500000000, 0)
	return newTester(t, kongtest.Config{Version: version, Now: func() time.Time { clock = clock.Add(time.Second); return clock }})
}

// ask sends a request as "METHOD /path body". The body may be missing.
func (t *tester) ask(request string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	parts := strings.SplitN(request, " ", 3)
	e := &exchange{method: parts[0], path: parts[1], header: http.Header{}}
	if len(parts) == 3 {
		e.body = parts[2]
		e.header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		e.header.Set(header[i], header[i+1])
	}
	return send(t.Gateway, e)
}

// want sends a request and requires a status. It returns the body if it is JSON.
func (t *tester) want(status int, request string, header ...string) map[string]any {
	t.Helper()
	answer := t.ask(request, header...)
	require.Equal(t, status, answer.Code, "%s\n%s", request, answer.Body)
	if answer.Body.Len() == 0 || !strings.HasPrefix(answer.Header().Get("Content-Type"), "application/json") {
		return nil
	}
	var body map[string]any
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &body), request)
	return body
}

// wantJSON sends a request and requires a status and a body. Fields that wanted omits may have any value.
func (t *tester) wantJSON(status int, wanted, request string, header ...string) {
	t.Helper()
	got := t.want(status, request, header...)
	var want map[string]any
	require.NoError(t, json.Unmarshal([]byte(wanted), &want))
	for key, value := range want {
		assert.Equal(t, value, got[key], "%s of the answer to %s", key, request)
	}
}

func (t *tester) id(request string) string {
	t.Helper()
	return t.want(http.StatusOK, request)["id"].(string)
}

// sentence returns the message of an answer.
func (t *tester) sentence(request string) string {
	t.Helper()
	answer := t.ask(request)
	var body struct{ Message string }
	_ = json.Unmarshal(answer.Body.Bytes(), &body)
	return body.Message
}

var versions = []string{"2.8.5", "3.9.3"}
