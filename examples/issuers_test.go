package examples_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	echosec "github.com/microkubes/microkubes-go/adapters/echo"
	fibersec "github.com/microkubes/microkubes-go/adapters/fiber"
	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// TestSeveralIssuers has the platform's tokens, those of a partner and those of tenants on three frameworks. The issuer of the
// tenant is a server, which the service asks when the first token comes.
func TestSeveralIssuers(t *testing.T) {
	const audience = "https://orders.example.com"
	platform, partner := coretest.NewIssuer("Microkubes JWT Authority"), coretest.NewIssuer("https://partner.example.org")
	tenant, down := coretest.StartIssuer(), coretest.StartIssuer()
	defer tenant.Close()
	defer down.Close()
	down.Fail(coretest.Outage)

	tenants := issuers.Resolve(func(ctx context.Context, issuer string) (core.Authenticator, io.Closer, error) {
		if !slices.Contains([]string{tenant.URL, down.URL}, issuer) {
			return nil, nil, issuers.ErrUnknown
		}
		store, err := keys.RemoteConfig{Issuer: issuer, Required: true, Logger: slog.New(slog.DiscardHandler)}.Open(ctx)
		if err != nil {
			return nil, nil, err
		}
		return oauth2.New(store, oauth2.AccessTokens(issuer, audience)), store, nil
	}, issuers.Config{})
	defer func() { assert.NoError(t, tenants.Close()) }()
	chain, err := core.NewSecurityChain(
		issuers.New(
			jwt.New(platform.Keys(), jwt.Microkubes(platform.Name)),
			oauth2.New(partner.Keys(), oauth2.AccessTokens(partner.Name, audience)),
		),
		tenants,
	)
	require.NoError(t, err)
	chain = chain.WithLogger(slog.New(slog.DiscardHandler))

	router := http.NewServeMux()
	router.HandleFunc("GET /", nethttp.New(chain).Secured(func(http.ResponseWriter, *http.Request) {}))
	e := echo.New()
	e.GET("/", echosec.New(chain).Secured(func(echo.Context) error { return nil }))
	app := fiber.New()
	app.Get("/", fibersec.New(chain).Secured(func(*fiber.Ctx) error { return nil }))

	for name, send := range map[string]func(*http.Request) *http.Response{
		"net/http": func(r *http.Request) *http.Response { return recorded(router, r) },
		"Echo":     func(r *http.Request) *http.Response { return recorded(e, r) },
		"Fiber": func(r *http.Request) *http.Response {
			res, err := app.Test(r, -1)
			require.NoError(t, err)
			return res
		},
	} {
		for what, c := range map[string]struct {
			token  string
			status int
		}{
			"the platform":        {platform.Microkubes(nil), 200},
			"the partner":         {partner.AccessToken(audience, nil), 200},
			"a tenant":            {tenant.AccessToken(audience, nil), 200},
			"another issuer":      {partner.AccessToken(audience, coretest.Claims{"iss": "https://evil.example"}), 401},
			"another's key":       {partner.AccessToken(audience, coretest.Claims{"iss": tenant.URL}), 401},
			"a tenant, unhealthy": {down.AccessToken(audience, nil), 503},
		} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Authorization", "Bearer "+c.token)
			res := send(r)
			require.NoError(t, res.Body.Close())
			assert.Equal(t, c.status, res.StatusCode, "%s: %s", name, what)
			assert.Equal(t, c.status == 503, res.Header.Get("Retry-After") != "", "%s: %s", name, what)
		}
	}
	_, fetches := tenant.Fetches()
	assert.Equal(t, 1, fetches, "one resolution for all frameworks")
}
