package require_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	must "github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

const (
	bare   = `Bearer realm="shop"`
	denied = bare + `, error="insufficient_scope"`
)

// as authenticates every request with an identity; nil leaves the request without one.
func as(data *core.AuthData) core.Provider {
	return core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		if data == nil {
			return nil
		}
		return sc.SetAuth(core.NewAuth(*data))
	})
}

func claims(text string) *core.AuthData { return &core.AuthData{Claims: []byte(text)} }

// outcome is the answer to one request: its status, or 200 if it passed; the challenge; and the provider and the reason in the log.
type outcome struct {
	status                      int
	challenge, provider, reason string
}

func (o outcome) passed() bool { return o == outcome{status: 200} }

// ask sends a request of an identity through a chain with a requirement.
func ask(t testing.TB, data *core.AuthData, requirement core.Provider) outcome {
	t.Helper()
	chain, err := core.NewSecurityChain(as(data), core.Optional())
	must.NoError(t, err)
	var log bytes.Buffer
	chain = chain.WithRealm("shop").WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	var res coretest.Recorder
	if _, pass := chain.With(requirement).Guard(t.Context(), coretest.Request{}, &res); pass {
		return outcome{status: 200}
	}
	var record struct{ Provider, Reason string }
	must.NoError(t, json.Unmarshal(log.Bytes(), &record))
	return outcome{res.Status, res.Headers.Get("WWW-Authenticate"), record.Provider, record.Reason}
}
