package acl_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// caller makes an identity of a text such as `ana roles=user,admin claims={"tenant":"a"}`; "-" is none, and ~ an empty username.
func caller(t testing.TB, text string) *core.Auth {
	t.Helper()
	fields := strings.Fields(text)
	if len(fields) == 0 || fields[0] == "-" {
		return nil
	}
	data := core.AuthData{Username: strings.Trim(fields[0], "~")}
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, "=")
		list := strings.Split(value, ",")
		switch name {
		case "id":
			data.UserID = value
		case "sub":
			data.Subject = value
		case "roles":
			data.Roles = list
		case "scopes":
			data.Scopes = list
		case "orgs":
			data.Organizations = list
		case "ns":
			data.Namespaces = list
		case "claims":
			data.Claims = []byte(value)
		default:
			require.Fail(t, "unknown field of a caller", field)
		}
	}
	return core.NewAuth(data)
}

func parse(t testing.TB, text string) *acl.Policies {
	t.Helper()
	p, err := acl.Parse([]byte(text))
	require.NoError(t, err)
	return p
}

func load(t testing.TB, name string) *acl.Policies {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return parse(t, string(text))
}

// serve returns the status that a chain with the policies answers with, or 200 if the request passes.
func serve(t testing.TB, p *acl.Policies, auth *core.Auth, method, path string) int {
	t.Helper()
	chain, err := core.NewSecurityChain(as(auth), p)
	require.NoError(t, err)
	return guard(chain, method, path)
}

// observed is serve with the event of the decision.
func observed(t testing.TB, p *acl.Policies, auth *core.Auth, method, path string) (int, core.Event) {
	t.Helper()
	chain, err := core.NewSecurityChain(as(auth), p)
	require.NoError(t, err)
	var o last
	return guard(chain.WithObserver(&o), method, path), o.event
}

type last struct{ event core.Event }

func (l *last) Decision(_ context.Context, e core.Event) { l.event = e }

func guard(chain *core.SecurityChain, method, path string) int {
	res := &coretest.Recorder{}
	if _, ok := chain.WithLogger(quiet).Guard(context.Background(), coretest.Request{Verb: method, Target: path}, res); ok {
		return 200
	}
	return res.Status
}

// as returns a provider that authenticates every request as auth.
func as(auth *core.Auth) core.Provider {
	return core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		if auth == nil {
			return nil
		}
		return sc.SetAuth(auth)
	})
}

var quiet = slog.New(slog.DiscardHandler)
