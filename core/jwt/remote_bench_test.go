package jwt_test

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

type oneDocument []byte

func (d oneDocument) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	_, _ = w.Write(d)
	return w.Result(), nil
}

// BenchmarkRemote compares a request with keys that are fetched to one with keys that the program has. Rounds of both alternate,
// and the fastest of each count, so that the noise of the machine does not.
func BenchmarkRemote(b *testing.B) {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	key := issuer.PublicKey().(*rsa.PublicKey)
	document, err := json.Marshal(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": issuer.KeyID,
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	require.NoError(b, err)
	remote, err := keys.RemoteConfig{KeysURL: "https://login.example.com/keys", Client: &http.Client{Transport: oneDocument(document)},
		Required: true}.Open(b.Context())
	require.NoError(b, err)
	defer remote.Close()
	request := coretest.Request{Headers: coretest.Bearer(issuer.Microkubes(nil))}
	for name, size := range map[string]int{"cached": 0, "uncached": -1} {
		config := jwt.Microkubes("Microkubes JWT Authority")
		config.CacheSize = size
		var chains [2]*core.SecurityChain
		for i, store := range []keys.Store{issuer.Keys(), remote} {
			chains[i], err = core.NewSecurityChain(jwt.New(store, config))
			require.NoError(b, err)
		}
		b.Run(name, func(b *testing.B) {
			fastest := [2]time.Duration{time.Hour, time.Hour}
			round := map[string]int{"cached": 2000, "uncached": 50}[name]
			ctx, res := context.Background(), &coretest.Recorder{}
			for b.Loop() {
				for i, chain := range chains {
					began := time.Now()
					for range round {
						if _, ok := chain.Guard(ctx, request, res); !ok {
							b.Fatal(res.Status)
						}
					}
					fastest[i] = min(fastest[i], time.Since(began))
				}
			}
			b.ReportMetric(float64(fastest[0])/float64(round), "static-ns")
			b.ReportMetric(float64(fastest[1])/float64(round), "remote-ns")
			b.ReportMetric(float64(fastest[1])/float64(fastest[0]), "ratio")
		})
	}
}
