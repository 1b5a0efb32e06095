package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	fiberafter "github.com/microkubes/microkubes-go/docs/guides/fiberjwt/after"
	fiberbefore "github.com/microkubes/microkubes-go/docs/guides/fiberjwt/before"
	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

// TestMain silences the services, which refuse most requests.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// TestPagesAreCurrent runs the services of all pages.
func TestPagesAreCurrent(t *testing.T) {
	pages, err := render()
	require.NoError(t, err)
	for name, want := range pages {
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "%s is not current: run go run . in docs/guides, and read what has changed", name)
	}
}

// TestEveryPageIsAGuide compares the folder with the list, and README.md with both.
func TestEveryPageIsAGuide(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var listed []string
	for _, g := range guides {
		listed = append(listed, g.page)
	}
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
		return ofHTTP(echobefore.NewShadow(i.PEM, verifier, log))
	},
	"chi-jwtauth.md": func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, chiafter.Policy(i.Name, verdict.Audience))
		if err != nil {
			return verdict.Service{}, err
		}
		return ofHTTP(chibefore.NewShadow(i.PEM, verifier, log))
	},
	"fiber-jwt.md": func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, fiberafter.Policy(i.Name, verdict.Audience).Config)
		if err != nil {
			return verdict.Service{}, err
		}
		return ofFiber(fiberbefore.NewShadow(i.JWKS, verifier, log), nil), nil
	},
	"auth0.md": func(i *verdict.Issuer, store keys.Store, log *slog.Logger) (verdict.Service, error) {
		verifier, err := jwt.NewVerifier(store, auth0after.Policy(i.Name, verdict.Audience).Config)
		if err != nil {
			return verdict.Service{}, err
		}
		return ofHTTP(auth0before.NewShadow(i.Name, verdict.Audience, verifier, log))
	},
}

// TestShadowLogsWhatWillBeRefused sends each token that is served before to the service with a shadow. Those that the service
// after refuses must be logged, and those that it serves must not.
func TestShadowLogsWhatWillBeRefused(t *testing.T) {
	issuer, err := verdict.StartIssuer()
	require.NoError(t, err)
	t.Cleanup(issuer.Close)
	requests := verdict.Requests(issuer)
	store, err := keys.Remote(context.Background(), issuer.JWKS)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	for _, g := range guides {
		t.Run(g.page, func(t *testing.T) {
			require.Contains(t, shadows, g.page, "the page has no shadow that is tested")
			comparison, err := g.compare(issuer, requests)
			require.NoError(t, err)
			refused, served := comparison.Shadowed()
			require.NotEmpty(t, refused)
			require.NotEmpty(t, served)
			for name, c := range map[string]struct {
				requests []verdict.Request
				records  int
			}{"refused after": {refused, len(refused)}, "served after": {served, 0}} {
				var log bytes.Buffer
				shadow, err := shadows[g.page](issuer, store, slog.New(slog.NewTextHandler(&log, nil)))
				require.NoError(t, err)
				_, err = shadow.Answers(c.requests)
				require.NoError(t, err)
				assert.Equal(t, c.records, strings.Count(log.String(), `msg="would be refused" reason=`), "%s: %s", name, log.String())
			}
		})
	}
}
