package core_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestRequestID finds the id of a request in the log record, in the event and in the body.
func TestRequestID(t *testing.T) {
	long := strings.Repeat("a", 128)
	problem := func(e *core.Error) (string, []byte) {
		return "application/problem+json", []byte(`{"instance":"` + e.RequestID() + `"}`)
	}
	for name, c := range map[string]struct {
		find func(context.Context, core.Request) string
		id   string
	}{
		"of the request": {func(_ context.Context, r core.Request) string { id, _ := r.Header("X-Request-Id"); return id }, "host/x7-000001"},
		"of the context": {func(ctx context.Context, _ core.Request) string { return ctx.Value(requestKey{}).(string) }, "8e9c"},
		"of the type": {func(_ context.Context, r core.Request) string {
			q, _ := core.RequestAs[coretest.Request](r)
			return q.Site
		}, "site.test"},
		"of any spelling":   {func(_ context.Context, r core.Request) string { id, _ := r.Header("x-request-ID"); return id }, "host/x7-000001"},
		"none":              {func(context.Context, core.Request) string { return "" }, ""},
		"a panic":           {func(context.Context, core.Request) string { panic("x") }, ""},
		"128 bytes":         {func(context.Context, core.Request) string { return long }, long},
		"129 bytes":         {func(context.Context, core.Request) string { return long + "a" }, ""},
		"a quote":           {func(context.Context, core.Request) string { return `canary"` }, ""},
		"a line break":      {func(context.Context, core.Request) string { return "canary\nlevel=INFO" }, ""},
		"markup":            {func(context.Context, core.Request) string { return "<canary>" }, ""},
		"more than ASCII":   {func(context.Context, core.Request) string { return "canaryé" }, ""},
		"not a hook at all": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var seen observer
			chain := newChain(t, returns(nil), core.Optional()).With(core.RequireAuth()).WithRequestID(c.find).WithErrorBody(problem).WithObserver(&seen)
			var log bytes.Buffer
			var res coretest.Recorder
			_, ok := chain.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))).
				Guard(context.WithValue(t.Context(), requestKey{}, "8e9c"),
					coretest.Request{Site: "site.test", Headers: http.Header{"X-Request-Id": {"host/x7-000001"}}}, &res)
			require.False(t, ok)
			assert.Equal(t, `{"instance":"`+c.id+`"}`, string(res.Body))
			assert.Equal(t, c.id, seen.events[0].RequestID)
			assert.Equal(t, c.id != "", strings.Contains(log.String(), `"request_id":"`+c.id+`"`))
			assert.NotContains(t, log.String()+string(res.Body), "canary")
		})
	}
	var seen observer
	guard(t, newChain(t, sets("ann")).WithRequestID(func(context.Context, core.Request) string { return "7" }).WithObserver(&seen), coretest.Request{})
	assert.Equal(t, "7", seen.events[0].RequestID, "of a request that passed")
	assert.Empty(t, core.InvalidToken("expired").RequestID())
}

type requestKey struct{}
