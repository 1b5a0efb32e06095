package jwt_test

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// FuzzClaims signs any header and payload with a shared secret. Every token that is accepted must be accepted by golang-jwt with
// the same claims, and by a chain, which determines the owner of the token first.
func FuzzClaims(f *testing.F) {
	secret := []byte(strings.Repeat("s", 32))
	key, err := keys.Secret("k", "HS256", secret)
	require.NoError(f, err)
	store, err := keys.Static(key)
	require.NoError(f, err)
	now := time.Unix(1_900_000_000, 0)
	config := jwt.Config{Issuers: []string{"i"}, Audiences: []string{"a"}, Now: func() time.Time { return now }, CacheSize: -1}
	verifier, err := jwt.NewVerifier(store, config)
	require.NoError(f, err)
	chain, err := core.NewSecurityChain(jwt.New(store, config))
	require.NoError(f, err)
	chain = chain.WithLogger(slog.New(slog.DiscardHandler))
	golangjwt.TimePrecision = time.Microsecond // it would cut fractions of a second off
	parser := golangjwt.NewParser(golangjwt.WithValidMethods([]string{"HS256"}), golangjwt.WithIssuer("i"),
		golangjwt.WithAudience("a"), golangjwt.WithExpirationRequired(), golangjwt.WithStrictDecoding(),
		golangjwt.WithTimeFunc(func() time.Time { return now }))

	f.Add(`{"alg":"HS256"}`, `{"iss":"i","aud":"a","sub":"s","exp":1900000001}`)
	f.Add(`{"alg":"HS256","kid":"k","typ":"JWT"}`, `{"iss":"i","aud":["b","a"],"sub":"s","exp":1.9e9,"nbf":0,"roles":"a,b"}`)
	f.Add(`{"alg":"HS256"}`, `{"iss":"i","aud":"a","userId":"\u0073","exp":1900000000.5,"scope":"a b","namespaces":null}`)
	f.Add(`{"alg":"HS256"}`, `{"act":{"iss":"x"},"iss":"i","aud":"a","sub":"iss","exp":1900000001}`)
	f.Add(`{"alg":"HS256"}`, `{"\u0069ss":"i","aud":"a","sub":"s","exp":1900000001}`)
	f.Add(`{"alg":"HS256"}`, `{"iss" : "\u0069","aud":"a","sub":"s","exp":1900000001}`)
	f.Fuzz(func(t *testing.T, header, payload string) {
		signed := encode(header) + "." + encode(payload)
		signature, err := golangjwt.SigningMethodHS256.Sign(signed, secret)
		require.NoError(t, err)
		token := signed + "." + base64.RawURLEncoding.EncodeToString(signature)
		auth, err := verifier.Verify(t.Context(), token)
		if len(token) < 8<<10 {
			_, passed := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &coretest.Recorder{})
			require.Equal(t, err == nil, passed, "%s %s", header, payload)
		}
		if err != nil {
			return
		}
		claims := golangjwt.MapClaims{}
		_, err = parser.ParseWithClaims(token, claims, func(*golangjwt.Token) (any, error) { return secret, nil })
		require.NoError(t, err, "%s %s", header, payload)
		text := func(name string) string { s, _ := claims[name].(string); return s }
		userID := text("userId")
		if userID == "" {
			userID = text("sub")
		}
		require.Equal(t, []string{text("iss"), text("sub"), text("jti"), text("client_id"), text("username"), userID},
			[]string{auth.Issuer(), auth.Subject(), auth.TokenID(), auth.ClientID(), auth.Username(), auth.UserID()})
		require.InDelta(t, claims["exp"], float64(auth.ExpiresAt().UnixMicro())/1e6, 0.001)
		var own map[string]any
		for name, want := range claims {
			var got any
			require.NoError(t, auth.Claim(name, &got))
			require.Equal(t, want, got)
		}
		require.NoError(t, json.Unmarshal([]byte(payload), &own))
		require.Len(t, own, len(claims))
	})
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
