package config_test

import (
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/config"
)

// TestEveryPreset opens each preset, whose servers do not answer: the arguments get to their places.
func TestEveryPreset(t *testing.T) {
	for preset, args := range map[string]string{
		"auth0":      `"domain": "example.eu.auth0.com", "audience": "https://orders.example.com"`,
		"cognito":    `"region": "eu-west-1", "pool": "eu-west-1_AbCdEfGhI", "clients": ["a"]`,
		"entra":      `"api": "a", "tenants": ["b", "c"]`,
		"entra-v1":   `"api": "a", "tenants": ["b"]`,
		"firebase":   `"project": "a"`,
		"google":     `"clients": ["a"]`,
		"hydra":      `"issuer": "https://login.example.com/", "audience": "orders"`,
		"issuer":     `"issuer": "https://login.example.com", "audiences": ["orders"]`,
		"keycloak":   `"realm": "https://sso.example.com/realms/main", "client": "orders"`,
		"kubernetes": `"issuer": "https://kubernetes.default.svc", "audience": "orders"`,
		"okta":       `"issuer": "https://example.okta.com/oauth2/default", "audience": "api://default"`,
		"supabase":   `"project": "https://abcdefghijkl.supabase.co"`,
		"zitadel":    `"domain": "example.zitadel.cloud", "audiences": ["1"]`,
	} {
		t.Run(preset, func(t *testing.T) {
			text := []byte(`{"security": {"oidc": [{"preset": "` + preset + `", ` + args + `}]}}`)
			ok, why := newValidator(t, config.Schema()).accepts(text)
			assert.True(t, ok, why)
			c, err := config.Parse(text)
			require.NoError(t, err)
			down := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, os.ErrDeadlineExceeded })}
			s, err := c.Open(t.Context(), config.Options{Client: down, Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			assert.Equal(t, preset, strings.Replace(named(s.Providers()[1]), "oidc", "issuer", 1)+strings.TrimPrefix(preset, strings.TrimSuffix(preset, "-v1")))
			assert.NoError(t, s.Close())
		})
	}
}

func named(p core.Provider) string { return p.(interface{ Name() string }).Name() }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
