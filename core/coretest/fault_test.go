package coretest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// TestFaults sees each fault with a plain client over a real socket: at the JWK Set, at the discovery document, and gone
// after Heal.
func TestFaults(t *testing.T) {
	status := func(want int) func(*testing.T, answer, error) {
		return func(t *testing.T, got answer, err error) {
			assert.NoError(t, err)
			assert.Equal(t, want, got.status)
		}
	}
	failed := func(want error) func(*testing.T, answer, error) {
		return func(t *testing.T, _ answer, err error) { assert.ErrorIs(t, err, want) }
	}
	for name, c := range map[string]struct {
		faults []coretest.Fault
		check  func(t *testing.T, got answer, err error)
	}{
		"outage": {[]coretest.Fault{coretest.Outage}, func(t *testing.T, got answer, err error) {
			status(http.StatusServiceUnavailable)(t, got, err)
			assert.Empty(t, got.header.Get("Retry-After"))
		}},
		"outage with Retry-After": {
			[]coretest.Fault{coretest.Answer(503, "text/plain", "", "Retry-After", "30")}, func(t *testing.T, got answer, err error) {
				status(http.StatusServiceUnavailable)(t, got, err)
				assert.Equal(t, "30", got.header.Get("Retry-After"))
			}},
		"reset": {[]coretest.Fault{coretest.Reset}, failed(syscall.ECONNRESET)},
		"garbage": {[]coretest.Fault{coretest.Garbage}, func(t *testing.T, got answer, err error) {
			status(http.StatusOK)(t, got, err)
			assert.False(t, json.Valid([]byte(got.body)))
		}},
		"truncated": {[]coretest.Fault{coretest.Truncated}, func(t *testing.T, got answer, err error) {
			status(http.StatusOK)(t, got, err)
			assert.Equal(t, []any{uint8('{'), false}, []any{got.body[0], json.Valid([]byte(got.body))})
		}},
		"HTML": {[]coretest.Fault{coretest.HTML}, func(t *testing.T, got answer, err error) {
			status(http.StatusOK)(t, got, err)
			assert.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"))
		}},
		"oversized": {[]coretest.Fault{coretest.Oversized}, func(t *testing.T, got answer, err error) {
			status(http.StatusOK)(t, got, err)
			assert.Len(t, got.body, 1<<20, "the limit of the client")
		}},
		"redirect": {[]coretest.Fault{coretest.Redirect("https://other.test/keys")}, func(t *testing.T, got answer, err error) {
			status(http.StatusFound)(t, got, err)
			assert.Equal(t, "https://other.test/keys", got.header.Get("Location"))
		}},
		"a fault of an outage": {[]coretest.Fault{coretest.Outage, coretest.MalformedKey, coretest.Truncated}, status(503)},
		"a fault of garbage":   {[]coretest.Fault{coretest.HTML, coretest.MalformedKey}, status(200)},
		"two faults": {[]coretest.Fault{coretest.MalformedKey, coretest.Truncated}, func(t *testing.T, got answer, err error) {
			status(http.StatusOK)(t, got, err)
			assert.False(t, json.Valid([]byte(got.body)))
		}},
		"a fault of a cut connection": {[]coretest.Fault{coretest.Reset, coretest.MalformedKey}, failed(io.EOF)},
		"delay":                       {[]coretest.Fault{coretest.Delay(time.Nanosecond)}, status(http.StatusOK)},
	} {
		t.Run(name, func(t *testing.T) {
			issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "ES256"))
			issuer.Start()
			defer issuer.Close()
			client := plainClient(t)
			issuer.FailKeys(c.faults...)
			got, err := get(t.Context(), client, issuer.KeysURL)
			c.check(t, got, err)
			assert.Equal(t, issuer.URL, discovered(t, client, issuer)["issuer"], "the other document is sound")

			issuer.Heal()
			issuer.FailDiscovery(c.faults...)
			got, err = get(t.Context(), client, issuer.URL+openID)
			c.check(t, got, err)
			usable, others := ids(t, client, issuer)
			assert.Equal(t, []any{[]string{"default"}, 0}, []any{usable, others}, "the other document is sound")

			issuer.Fail(c.faults...)
			for _, address := range []string{issuer.URL + openID, issuer.KeysURL} {
				got, err = get(t.Context(), client, address)
				c.check(t, got, err)
			}
			issuer.Heal()
			assert.Equal(t, issuer.URL, discovered(t, client, issuer)["issuer"])
			ids(t, client, issuer)
		})
	}
}

// TestRefuse comes and goes on one address, over HTTP and HTTPS.
func TestRefuse(t *testing.T) {
	for _, start := range []func(*coretest.IssuerServer){(*coretest.IssuerServer).Start, (*coretest.IssuerServer).StartTLS} {
		issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "ES256"))
		start(issuer)
		defer issuer.Close()
		client, address := issuer.Client(), issuer.KeysURL
		for range 3 {
			assert.Equal(t, http.StatusOK, mustGet(t, client, issuer.KeysURL).status)
			issuer.Refuse()
			issuer.Refuse()
			_, err := get(t.Context(), client, issuer.KeysURL)
			assert.ErrorIs(t, err, syscall.ECONNREFUSED)
			issuer.Heal()
			issuer.Heal()
		}
		assert.Equal(t, address, issuer.KeysURL)
		_, fetches := issuer.Fetches()
		assert.Equal(t, 3, fetches, "a refused connection is not a fetch")
	}
}

// TestDrip has the document arrive byte by byte, with a fake clock, and a client that gives up.
func TestDrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("https://issuer.test", "ES256"))
		defer issuer.Close()
		want := string(issuer.JWKS())
		issuer.FailKeys(coretest.Drip(time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		begin := time.Now()
		got, err := get(ctx, issuer.Client(), issuer.KeysURL)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Hour, time.Since(begin))
		assert.Equal(t, want, strings.TrimRight(got.body, " "))
		assert.InDelta(t, 3600, len(got.body), 1)
	})
}

// TestMember has issuers lie about themselves and their keys.
func TestMember(t *testing.T) {
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "ES256"))
	issuer.Start()
	defer issuer.Close()
	client := plainClient(t)
	for name, value := range map[string]any{
		"issuer": "https://other.test", "jwks_uri": "http://169.254.169.254/latest", "response_types_supported": 7.0,
	} {
		issuer.Fail(coretest.Member(name, value))
		members := discovered(t, client, issuer)
		assert.Equal(t, value, members[name])
		assert.Len(t, members, 7)
		usable, others := ids(t, client, issuer)
		assert.Equal(t, []any{[]string{"default"}, 0}, []any{usable, others}, "the set has no such member")
		issuer.Fail(coretest.Member(name, coretest.Absent))
		assert.NotContains(t, discovered(t, client, issuer), name)
	}
	issuer.Fail(coretest.Member("issuer", "https://other.test"), coretest.Member("jwks_uri", "http://10.0.0.1/"))
	members := discovered(t, client, issuer)
	assert.Equal(t, []any{"https://other.test", "http://10.0.0.1/"}, []any{members["issuer"], members["jwks_uri"]})

	issuer.Fail(coretest.EmptySet)
	assert.JSONEq(t, `{"keys":[]}`, mustGet(t, client, issuer.KeysURL).body)
	discovered(t, client, issuer)
	assert.Panics(t, func() { coretest.Member("issuer", func() {}) })
}

// TestBeside puts keys into the set of which a client must make nothing.
func TestBeside(t *testing.T) {
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "ES256"))
	issuer.Start()
	defer issuer.Close()
	client := plainClient(t)
	other := coretest.NewIssuerFor(issuer.Name, "ES256")
	other.KeyID = "encryption"
	for name, fault := range map[string]coretest.Fault{
		"malformed": coretest.MalformedKey, "encryption": coretest.EncryptionKey(other),
		"unknown kind": coretest.Beside(`{"kty":"AKP","kid":"new","alg":"ML-DSA-44"}`), "not an object": coretest.Beside("{}"),
	} {
		tag := mustGet(t, client, issuer.KeysURL).header.Get("Etag")
		issuer.Fail(fault)
		got := mustGet(t, client, issuer.KeysURL, "If-None-Match", tag)
		require.Equal(t, http.StatusOK, got.status, name)
		assert.NotEqual(t, tag, got.header.Get("Etag"), name)
		assert.Equal(t, http.StatusNotModified, mustGet(t, client, issuer.KeysURL, "If-None-Match", got.header.Get("Etag")).status)
		usable, others := ids(t, client, issuer)
		assert.Equal(t, []any{[]string{"default"}, 1}, []any{usable, others}, name)
		assert.NotContains(t, discovered(t, client, issuer), "keys")
		issuer.Heal()
	}
	assert.Panics(t, func() { coretest.Beside("{") })
	half := []string{"Retry-After"}
	assert.Panics(t, func() { coretest.Answer(503, "", "", half...) })
}

// TestEncryptionKey shows what the fault is for: without its use the key would be good.
func TestEncryptionKey(t *testing.T) {
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("https://issuer.test", algorithm))
		other := coretest.NewIssuerFor(issuer.Name, algorithm)
		other.KeyID = "encryption"
		issuer.FailKeys(coretest.EncryptionKey(other))
		served := func() []byte {
			w := httptest.NewRecorder()
			issuer.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, issuer.KeysURL, nil))
			return w.Body.Bytes()
		}()
		for use, want := range map[string]bool{`"use":"enc"`: false, `"use":"sig"`: true} {
			found, _, err := keys.ParseJWKS([]byte(strings.Replace(string(served), `"use":"enc"`, use, 1)))
			require.NoError(t, err)
			store, err := keys.Static(found...)
			require.NoError(t, err)
			config := oauth2.AccessTokens(issuer.Name, "api")
			config.Algorithms = []string{algorithm}
			verifier, err := oauth2.NewVerifier(store, config)
			require.NoError(t, err)
			_, err = verifier.Verify(t.Context(), issuer.AccessToken("api", nil))
			assert.NoError(t, err)
			_, err = verifier.Verify(t.Context(), other.AccessToken("api", nil))
			assert.Equal(t, want, err == nil, "%s: %v", use, err)
		}
		issuer.Close()
	}
}

// TestResetInTLS resets below TLS, and cuts the connection where there is none to reset.
func TestResetInTLS(t *testing.T) {
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "ES256"))
	issuer.StartTLS()
	defer issuer.Close()
	issuer.Fail(coretest.Reset)
	_, err := get(t.Context(), issuer.Client(), issuer.KeysURL)
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		issuer.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, issuer.KeysURL, nil))
	})
}
