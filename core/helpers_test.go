package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

type provide = func(context.Context, core.SecurityContext, core.Request, core.Response) error

func returns(err error) core.Provider {
	return core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error { return err })
}

func sets(user string) core.ProviderFunc {
	return func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		return sc.SetAuth(core.NewAuth(core.AuthData{UserID: user}))
	}
}

// outcome is all that can be seen of one Guard call.
type outcome struct {
	passed bool
	user   string // of the context; "-" for nobody
	res    coretest.Recorder
	logged []map[string]any
	raw    string // the log as text
}

func newChain(t testing.TB, providers ...core.Provider) *core.SecurityChain {
	t.Helper()
	chain, err := core.NewSecurityChain(providers...)
	require.NoError(t, err)
	return chain
}

func guard(t testing.TB, chain *core.SecurityChain, req core.Request) outcome {
	t.Helper()
	var o outcome
	var log bytes.Buffer
	chain = chain.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ctx, passed := chain.Guard(t.Context(), req, &o.res)
	o.passed, o.user, o.raw = passed, "-", log.String()
	if auth, ok := core.AuthFrom(ctx); ok {
		o.user = auth.UserID()
	}
	for line := range strings.Lines(o.raw) {
		record := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		o.logged = append(o.logged, record)
	}
	return o
}

// reason is the code of the one record that a refusal must have.
func (o outcome) reason(t testing.TB) string {
	t.Helper()
	require.False(t, o.passed)
	require.Len(t, o.logged, 1, o.raw)
	require.EqualValues(t, o.res.Status, o.logged[0]["status"])
	require.NotEmpty(t, o.logged[0]["provider"])
	return o.logged[0]["reason"].(string)
}
