package oauth2_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// published is the key set of an issuer, without a network.
type published struct {
	status  atomic.Int64
	keys    atomic.Value
	fetches atomic.Int64
}

func (p *published) publish(t *testing.T, issuers ...*coretest.Issuer) {
	set := map[string]string{}
	for _, i := range issuers {
		der, err := x509.MarshalPKIXPublicKey(i.PublicKey())
		require.NoError(t, err)
		set[i.KeyID] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	text, err := json.Marshal(set)
	require.NoError(t, err)
	p.keys.Store(text)
}

func (p *published) RoundTrip(*http.Request) (*http.Response, error) {
	p.fetches.Add(1)
	w := httptest.NewRecorder()
	w.WriteHeader(int(p.status.Load()))
	_, _ = w.Write(p.keys.Load().([]byte))
	return w.Result(), nil
}

// TestKeysOverHTTP is a service through the day: what a client gets while keys rotate, are removed, and cannot be had.
func TestKeysOverHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const name, audience = "https://login.example.com", "https://api.example.com"
		old, fresh := coretest.NewIssuerFor(name, "ES256"), coretest.NewIssuerFor(name, "ES256")
		old.KeyID, fresh.KeyID = "old", "fresh"
		var server published
		server.publish(t, old)
		server.status.Store(500)
		var log bytes.Buffer
		store, err := keys.RemoteConfig{
			KeysURL: name + "/jwks.json", Client: &http.Client{Transport: &server}, Logger: slog.New(slog.DiscardHandler), MaxAge: time.Hour,
		}.Open(t.Context())
		require.NoError(t, err)
		defer store.Close()
		chain, err := core.NewSecurityChain(oauth2.New(store, oauth2.AccessTokens(name, audience)))
		require.NoError(t, err, "it starts without the server")
		chain = chain.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))
		send := func(token string) (status int, retryAfter time.Duration) {
			res := &coretest.Recorder{}
			if _, ok := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, res); ok {
				return 200, 0
			}
			if res.Status == 503 {
				seconds, err := strconv.Atoi(res.Headers.Get("Retry-After"))
				require.NoError(t, err)
				assert.Empty(t, res.Headers.Get("Www-Authenticate"))
				return 503, time.Duration(seconds) * time.Second
			}
			return res.Status, 0
		}
		expect := func(status int, token, when string) (retryAfter time.Duration) {
			t.Helper()
			got, retryAfter := send(token)
			assert.Equal(t, status, got, when)
			return retryAfter
		}
		day := func(i *coretest.Issuer) string {
			return i.AccessToken(audience, coretest.Claims{"exp": time.Now().Add(24 * time.Hour).Unix()})
		}
		first, second := day(old), day(fresh)

		wait := expect(503, first, "before the first document")
		server.status.Store(200)
		time.Sleep(wait)
		synctest.Wait()
		expect(200, first, "by itself, when it said")
		expect(200, first, "known")

		expect(401, second, "a kid that a fresh document lacks")
		before := server.fetches.Load()
		for range 50 {
			expect(401, coretest.Forge(first, coretest.Claims{"sub": "eve"}), "a bad signature")
		}
		assert.Equal(t, before, server.fetches.Load(), "never fetches")

		time.Sleep(5 * time.Second)
		server.publish(t, old, fresh)
		third := coretest.NewIssuerFor(name, "ES256")
		third.KeyID = "third"
		wait = expect(503, day(third), "it may be a new key, and there is a cool-down")
		assert.LessOrEqual(t, wait, 10*time.Second)
		time.Sleep(wait)
		expect(401, day(third), "it is not")
		expect(200, second, "the new key, found by the way")

		server.publish(t, fresh)
		time.Sleep(time.Until(store.Health().NextRefresh))
		synctest.Wait()
		expect(401, first, "its key is gone, also for a known token")
		expect(200, second, "")

		server.status.Store(503)
		time.Sleep(59 * time.Minute)
		expect(200, second, "in an outage, up to the stated age")
		assert.LessOrEqual(t, expect(503, first, "an unknown kid in an outage is not 401"), 10*time.Second)
		time.Sleep(time.Hour)
		synctest.Wait()
		wait = expect(503, second, "then no more, also for a known token")
		server.status.Store(200)
		time.Sleep(wait)
		synctest.Wait()
		expect(200, second, "and again")
		assert.Contains(t, log.String(), "reason=keys_unavailable")
	})
}

// TestMadeUpKeyIDsAreNotErrors: anyone can send them, so they must not fill the log with errors, also in an outage. A token whose
// key is lost in an outage is one.
func TestMadeUpKeyIDsAreNotErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const name, audience = "https://login.example.com", "https://api.example.com"
		issuer, other := coretest.NewIssuerFor(name, "ES256"), coretest.NewIssuerFor(name, "ES256")
		var server published
		server.publish(t, issuer)
		server.status.Store(200)
		store, err := keys.RemoteConfig{
			KeysURL: name + "/jwks.json", Client: &http.Client{Transport: &server}, Logger: slog.New(slog.DiscardHandler), MaxAge: time.Hour,
		}.Open(t.Context())
		require.NoError(t, err)
		defer store.Close()
		chain, err := core.NewSecurityChain(oauth2.New(store, oauth2.AccessTokens(name, audience)))
		require.NoError(t, err)
		var log bytes.Buffer
		chain = chain.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))
		send := func(ctx context.Context, kid string) string {
			log.Reset()
			other.KeyID = kid
			res := &coretest.Recorder{}
			_, ok := chain.Guard(ctx, coretest.Request{Headers: coretest.Bearer(other.AccessToken(audience, nil))}, res)
			require.False(t, ok)
			_, text, _ := strings.Cut(log.String(), "level=")
			level, text, _ := strings.Cut(text, " ")
			_, text, _ = strings.Cut(text, "reason=")
			reason, _, _ := strings.Cut(text, " ")
			return fmt.Sprint(level, " ", strings.TrimSpace(reason), " ", res.Status)
		}
		assert.Equal(t, "INFO unknown_kid 401", send(t.Context(), "a"))
		for i := range 100 {
			assert.Equal(t, "INFO key_pending 503", send(t.Context(), fmt.Sprint(i)))
		}
		time.Sleep(10 * time.Second)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		assert.Equal(t, "INFO key_pending 503", send(ended, "b"), "a client that goes away")
		server.status.Store(500)
		time.Sleep(time.Minute)
		assert.Equal(t, "INFO key_pending 503", send(t.Context(), "c"), "in an outage")
		time.Sleep(time.Hour)
		assert.Equal(t, "ERROR keys_unavailable 503", send(t.Context(), "d"), "there are no keys any more")
		assert.Equal(t, "ERROR keys_unavailable 503", send(ended, "d"))
	})
}
