package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/validator"
	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	auth0after "github.com/microkubes/microkubes-go/docs/guides/auth0/after"
	auth0before "github.com/microkubes/microkubes-go/docs/guides/auth0/before"
	chiafter "github.com/microkubes/microkubes-go/docs/guides/chijwtauth/after"
	chibefore "github.com/microkubes/microkubes-go/docs/guides/chijwtauth/before"
	echoafter "github.com/microkubes/microkubes-go/docs/guides/echojwt/after"
	echobefore "github.com/microkubes/microkubes-go/docs/guides/echojwt/before"
	echov5after "github.com/microkubes/microkubes-go/docs/guides/echojwtv5/after"
	echov5before "github.com/microkubes/microkubes-go/docs/guides/echojwtv5/before"
	fiberafter "github.com/microkubes/microkubes-go/docs/guides/fiberjwt/after"
	fiberbefore "github.com/microkubes/microkubes-go/docs/guides/fiberjwt/before"
	"github.com/microkubes/microkubes-go/docs/guides/internal/guide"
	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

// TestMain silences the services, which refuse most requests.
func TestMain(m *testing.M) {
	guide.Quiet()
	os.Exit(m.Run())
}

// TestPagesAreCurrent runs the services of all pages.
func TestPagesAreCurrent(t *testing.T) {
	pages, err := guide.Render(guides, records, microkubesPython)
	require.NoError(t, err)
	for name, want := range pages {
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "%s is not current: run go run . in docs/guides, and read what has changed", name)
	}
}

// TestNothingIsServedThatWasRefused has the requests that a library refuses and this one serves. A new one is a question to this
// library: answer it before the list gets longer.
func TestNothingIsServedThatWasRefused(t *testing.T) {
	issuer, err := verdict.StartIssuer()
	require.NoError(t, err)
	t.Cleanup(issuer.Close)
	known := []string{
		"`iat` in the future",                   // RFC 7519 has no condition for it, and clocks differ
		"no `kid`",                              // each key that fits is tried, which is no weaker than one key
		"a token of 8,000 bytes",                // Fiber's default for all headers is 4 KiB
		"POST /orders with the scope in a list", // the handlers of the services before read a string
	}
	for _, g := range guides {
		comparison, err := g.Compare(issuer, verdict.Requests(issuer))
		require.NoError(t, err)
		assert.Subset(t, known, comparison.Stricter(), g.Page)
	}
}

// TestAuth0WithOneKey holds what auth0.md says of a single key.
func TestAuth0WithOneKey(t *testing.T) {
	issuer, err := verdict.StartIssuer()
	require.NoError(t, err)
	t.Cleanup(issuer.Close)
	key, err := golangjwt.ParseRSAPublicKeyFromPEM(issuer.PEM)
	require.NoError(t, err)
	tokens, err := validator.New(validator.WithKeyFunc(func(context.Context) (any, error) { return key, nil }),
		validator.WithAlgorithm(validator.RS256), validator.WithIssuer(issuer.Name), validator.WithAudience(verdict.Audience))
	require.NoError(t, err)
	middleware, err := jwtmiddleware.New(jwtmiddleware.WithValidator(tokens))
	require.NoError(t, err)
	service := verdict.HTTP(middleware.CheckJWT(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	record, err := service.Record(verdict.Requests(issuer))
	require.NoError(t, err)
	assert.Contains(t, record, "`crit` with an unknown extension\t401\t")
	assert.Contains(t, record, "an unknown `kid`\t200\t")
}

// TestWithoutTheIssuer holds what fiber-jwt.md and auth0.md say of a service that starts while its issuer is down.
func TestWithoutTheIssuer(t *testing.T) {
	issuer, err := verdict.StartIssuer()
	require.NoError(t, err)
	issuer.Close()
	good := verdict.Requests(issuer)[:1]
	assert.Panics(t, func() { fiberbefore.New(issuer.JWKS) })
	for _, g := range guides {
		want := map[string][2]string{
			"fiber-jwt.md": {"", "a good token\t503\t\t\n"},
			"auth0.md":     {"a good token\t401\tinvalid_token\t\n", "a good token\t503\t\t\n"},
		}[g.Page]
		for n, start := range []guide.Start{g.Before, g.After} {
			if want[n] == "" {
				continue
			}
			service, err := start(issuer)
			require.NoError(t, err)
			record, err := service.Record(good)
			require.NoError(t, err)
			assert.Equal(t, want[n], record, g.Page)
		}
	}
}

// pageNames returns the names of all pages.
func pageNames() []string {
	names := []string{microkubesPython.File}
	for _, g := range guides {
		names = append(names, g.Page)
	}
	return names
}

// TestEveryPageIsAGuide compares the folder with the list, and README.md with both.
func TestEveryPageIsAGuide(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	listed := pageNames()
	found, err := filepath.Glob("*.md")
	require.NoError(t, err)
	assert.ElementsMatch(t, append(listed, "README.md"), found)
	for _, page := range listed {
		assert.Contains(t, string(readme), "]("+page+")")
	}
}

// shadows makes the services that answer as before and log what would be refused.
var shadows = map[string]func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error){
	"echo-jwt.md": func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, echoafter.Policy(i.Name, verdict.Audience))
		if err != nil {
			return verdict.Service{}, err
		}
		return guide.HTTP(echobefore.NewShadow(i.PEM, verifier, log))
	},
	"echo-jwt-v5.md": func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, echov5after.Policy(i.Name, verdict.Audience))
		if err != nil {
			return verdict.Service{}, err
		}
		return guide.HTTP(echov5before.NewShadow(i.PEM, verifier, log))
	},
	"chi-jwtauth.md": func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, chiafter.Policy(i.Name, verdict.Audience))
		if err != nil {
			return verdict.Service{}, err
		}
		return guide.HTTP(chibefore.NewShadow(i.PEM, verifier, log))
	},
	"fiber-jwt.md": func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, fiberafter.Policy(i.Name, verdict.Audience).Config)
		if err != nil {
			return verdict.Service{}, err
		}
		return ofFiber(fiberbefore.NewShadow(i.JWKS, verifier, log)), nil
	},
	"auth0.md": func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, auth0after.Policy(i.Name, verdict.Audience).Config)
		if err != nil {
			return verdict.Service{}, err
		}
		return guide.HTTP(auth0before.NewShadow(i.Name, verdict.Audience, verifier, log))
	},
}

// TestShadowLogsWhatWillBeRefused checks the shadow of each page that has one.
func TestShadowLogsWhatWillBeRefused(t *testing.T) {
	issuer, err := verdict.StartIssuer()
	require.NoError(t, err)
	t.Cleanup(issuer.Close)
	requests := verdict.Requests(issuer)
	store, err := keys.Remote(context.Background(), issuer.JWKS)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	for _, g := range guides {
		page, err := os.ReadFile(g.Page)
		require.NoError(t, err)
		assert.Equal(t, shadows[g.Page] != nil, strings.Contains(string(page), "/shadow.go"), "%s: a page and its test have a shadow", g.Page)
		if shadows[g.Page] == nil {
			continue
		}
		t.Run(g.Page, func(t *testing.T) {
			comparison, err := g.Compare(issuer, requests)
			require.NoError(t, err)
			require.NoError(t, comparison.CheckShadow(func(log *slog.Logger) (verdict.Service, error) {
				return shadows[g.Page](issuer, store, log)
			}))
		})
	}
}
