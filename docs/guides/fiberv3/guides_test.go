package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/docs/guides/fiberv3/after"
	"github.com/microkubes/microkubes-go/docs/guides/fiberv3/before"
	"github.com/microkubes/microkubes-go/docs/guides/internal/guide"
	"github.com/microkubes/microkubes-go/docs/guides/internal/policy"
	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

// TestMain silences the services, which refuse most requests.
func TestMain(m *testing.M) {
	guide.Quiet()
	os.Exit(m.Run())
}

func startIssuer(t *testing.T) *verdict.Issuer {
	t.Helper()
	issuer, err := verdict.StartIssuer()
	require.NoError(t, err)
	t.Cleanup(issuer.Close)
	return issuer
}

// TestPagesAreCurrent runs the services of all pages.
func TestPagesAreCurrent(t *testing.T) {
	pages, err := guide.Render(guides, nil)
	require.NoError(t, err)
	index, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for name, want := range pages {
		assert.Contains(t, string(index), "](fiberv3/"+name+")")
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "%s is not current: run go run . in docs/guides/fiberv3, and read what has changed", name)
	}
}

// TestShadowLogsWhatWillBeRefused checks the shadow of the page that has one.
func TestShadowLogsWhatWillBeRefused(t *testing.T) {
	issuer := startIssuer(t)
	store, err := keys.Remote(context.Background(), issuer.JWKS)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	comparison, err := guides[0].Compare(issuer, verdict.Requests(issuer))
	require.NoError(t, err)
	require.NoError(t, comparison.CheckShadow(func(log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, after.Policy(issuer.Name, verdict.Audience).Config)
		if err != nil {
			return verdict.Service{}, err
		}
		return ofFiber(before.NewShadow(issuer.JWKS, verifier, log)), nil
	}))
}

// TestHandlersOfNetHTTP holds what fiber-v3.md says of them.
func TestHandlersOfNetHTTP(t *testing.T) {
	issuer := startIssuer(t)
	chain, err := policy.Chain(issuer)
	require.NoError(t, err)
	sec := fibersec.New(chain)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth, _ := core.AuthFrom(r.Context())
		_, _ = io.WriteString(w, "hello "+auth.Username())
	})
	app := fiber.New()
	require.NoError(t, fibersec.Prepare(app))
	app.Get("/mounted", sec.Secured(fibersec.HTTPHandler(handler)))
	app.Get("/as-it-is", sec.Middleware, handler)
	for path, want := range map[string]string{"/mounted": "hello ann", "/as-it-is": "hello "} {
		assert.Equal(t, want, get(t, app, path, issuer.Token()), path)
	}
}

func get(t *testing.T, app *fiber.App, path, token string) string {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := app.Test(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	return string(body)
}

// TestWhereTheIdentityIs holds what fiber-v3.md says of the three contexts.
func TestWhereTheIdentityIs(t *testing.T) {
	issuer := startIssuer(t)
	chain, err := policy.Chain(issuer)
	require.NoError(t, err)
	for _, c := range []struct {
		name  string
		found bool
		auth  func(fiber.Ctx) (*core.Auth, bool)
	}{
		{"fibersec.Auth(c)", true, fibersec.Auth},
		{"core.AuthFrom(c.Context())", true, func(c fiber.Ctx) (*core.Auth, bool) { return core.AuthFrom(c.Context()) }},
		{"core.AuthFrom(c)", false, func(c fiber.Ctx) (*core.Auth, bool) { return core.AuthFrom(c) }},
		{"core.AuthFrom(c.RequestCtx())", false, func(c fiber.Ctx) (*core.Auth, bool) { return core.AuthFrom(c.RequestCtx()) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := fiber.New()
			require.NoError(t, fibersec.Prepare(app))
			app.Get("/", fibersec.New(chain).Secured(func(ctx fiber.Ctx) error {
				auth, ok := c.auth(ctx)
				assert.Equal(t, c.found, ok)
				return ctx.SendString(auth.Username())
			}))
			assert.Equal(t, map[bool]string{true: "ann", false: ""}[c.found], get(t, app, "/", issuer.Token()))
		})
	}
}
