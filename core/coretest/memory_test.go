package coretest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestIssuerServerInMemory is in a bubble: the clock is fake, no network is used, and no goroutine may be left.
func TestIssuerServerInMemory(t *testing.T) {
	for _, name := range []string{"http://issuer.test/realms/shop", "https://issuer.test"} {
		synctest.Test(t, func(t *testing.T) {
			issuer := coretest.NewIssuerServer(coretest.NewIssuerFor(name, "ES256"))
			defer issuer.Close()
			client := issuer.Client()
			assert.Same(t, client, issuer.Client())
			assert.Equal(t, []any{name, name}, []any{issuer.Name, issuer.URL})
			assert.Equal(t, name, discovered(t, client, issuer)["issuer"])
			usable, _ := ids(t, client, issuer)
			assert.Equal(t, []string{"default"}, usable)

			begin := time.Now()
			issuer.Fail(coretest.Delay(time.Hour))
			assert.Equal(t, http.StatusOK, mustGet(t, client, issuer.KeysURL).status)
			assert.Equal(t, time.Hour, time.Since(begin))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := get(ctx, client, issuer.KeysURL)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			issuer.Fail(coretest.Reset)
			_, err = get(t.Context(), client, issuer.KeysURL)
			assert.Error(t, err)

			issuer.Refuse()
			_, err = get(t.Context(), client, issuer.KeysURL)
			assert.ErrorIs(t, err, syscall.ECONNREFUSED)
			issuer.Heal()
			assert.Equal(t, http.StatusOK, mustGet(t, client, issuer.KeysURL).status)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("https://issuer.test", "ES256"))
		defer issuer.Close()
		issuer.Refuse()
		_, err := get(t.Context(), issuer.Client(), issuer.KeysURL)
		assert.ErrorIs(t, err, syscall.ECONNREFUSED, "down before the first connection")
		issuer.Heal()
		assert.Equal(t, http.StatusOK, mustGet(t, issuer.Client(), issuer.KeysURL).status)
	})
}

// TestIssuerServerAsHandler serves with a server of the test's own.
func TestIssuerServerAsHandler(t *testing.T) {
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("https://issuer.test", "ES256"))
	defer issuer.Close()
	w := httptest.NewRecorder()
	issuer.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, issuer.KeysURL, nil))
	assert.Equal(t, []any{http.StatusOK, string(issuer.JWKS())}, []any{w.Code, w.Body.String()})
}

// TestIssuerServerClose closes while a request of each waiting fault is in progress, more than once.
func TestIssuerServerClose(t *testing.T) {
	for name, fault := range map[string]coretest.Fault{
		"none": nil, "delay": coretest.Delay(time.Hour), "drip": coretest.Drip(time.Nanosecond), "slow drip": coretest.Drip(time.Hour),
		"oversized": coretest.Oversized,
	} {
		for _, start := range []func(*coretest.IssuerServer){(*coretest.IssuerServer).Start, (*coretest.IssuerServer).StartTLS} {
			issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "ES256"))
			start(issuer)
			arrived := make(chan struct{}, 1)
			faults := []coretest.Fault{fault, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				arrived <- struct{}{}
				next.ServeHTTP(w, r)
			}}
			if fault == nil {
				faults = faults[1:]
			}
			issuer.Fail(faults...)
			client := issuer.Client()
			left := make(chan struct{})
			go func() {
				defer close(left)
				resp, err := client.Get(issuer.KeysURL)
				if err == nil { // read on and on, as no client should
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
			}()
			<-arrived
			issuer.Close()
			<-left
			issuer.Close()
			_, err := get(t.Context(), client, issuer.KeysURL)
			assert.ErrorIs(t, err, syscall.ECONNREFUSED, name)
			client.CloseIdleConnections()
			noneLeft(t, name)
		}
	}
}

// noneLeft waits for the goroutines of servers and clients to end, which they do by themselves.
func noneLeft(t *testing.T, name string) {
	t.Helper()
	for begin := time.Now(); ; runtime.Gosched() {
		var stacks bytes.Buffer
		require.NoError(t, pprof.Lookup("goroutine").WriteTo(&stacks, 2))
		if !strings.Contains(stacks.String(), "net/http") {
			return
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%s: goroutines are left:\n%s", name, stacks.String())
		}
	}
}
