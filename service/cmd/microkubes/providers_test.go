package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestOpenIDProvider asks about a token of an OpenID provider, while its server answers and when it is down.
func TestOpenIDProvider(t *testing.T) {
	login := coretest.StartIssuer()
	defer login.Close()
	file := filepath.Join(t.TempDir(), "service.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"security": {"oidc": [
		{"preset": "issuer", "name": "login", "issuer": "`+login.URL+`", "audiences": ["orders"]}]}}`), 0o600))
	token := login.AccessToken("orders", coretest.Claims{"roles": []string{"admin"}, "username": "ann"})
	var p platform
	for _, c := range []struct {
		token, want string
		status      int
	}{
		{token, "token     accepted by login\nidentity  username \"ann\"\n          roles \"admin\"\n", allowed},
		{login.AccessToken("carts", nil), "token     refused by login: bad_audience: aud is not this service", refused},
		{login.AccessToken("orders", coretest.Claims{"nonce": "n"}), "token     refused by login: bad_claim_value, the claim nonce", refused},
	} {
		output, status := p.explain(t, c.token, "-config", file, "-token", "-", "GET", "/")
		assert.Equal(t, c.status, status)
		assert.Contains(t, output, c.want)
	}
	login.Fail(coretest.Outage)
	output, status := p.explain(t, token, "-config", file, "-token", "-", "GET", "/")
	assert.Equal(t, refused, status)
	assert.Contains(t, output, "token     cannot be checked by login: keys_unavailable\n")
	assert.Contains(t, output, "answer    503 Service Unavailable (keys_unavailable by login)\n")
}
