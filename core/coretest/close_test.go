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
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
)

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
			assertClosed(t, client, issuer, name)
			client.CloseIdleConnections()
			noneLeft(t, name)
		}
	}
}

// assertClosed checks that the issuer does not answer. Its port is free, and may belong to another program by now.
func assertClosed(t *testing.T, client *http.Client, issuer *coretest.IssuerServer, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, before := issuer.Fetches()
	got, err := get(ctx, client, issuer.KeysURL)
	if err == nil {
		assert.NotEqual(t, string(issuer.JWKS()), got.body, name)
	}
	_, after := issuer.Fetches()
	assert.Equal(t, before, after, name)
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
		if time.Since(begin) > time.Minute {
			t.Fatalf("%s: goroutines are left:\n%s", name, stacks.String())
		}
	}
}

// TestIssuerServerCloseWithStalledClient has a client that reads nothing of an endless body.
func TestIssuerServerCloseWithStalledClient(t *testing.T) {
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "ES256"))
	issuer.Start()
	issuer.Fail(coretest.Oversized)
	client := plainClient(t)
	resp, err := client.Get(issuer.KeysURL)
	require.NoError(t, err)
	issuer.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	assert.Error(t, err)
	_ = resp.Body.Close()
	client.CloseIdleConnections()
	noneLeft(t, "stalled")
}

// TestIssuerServerAsHandler serves with a server of the test's own, whose requests Close ends too.
func TestIssuerServerAsHandler(t *testing.T) {
	for name, fault := range map[string]coretest.Fault{
		"delay": coretest.Delay(time.Hour), "drip": coretest.Drip(time.Hour), "fast drip": coretest.Drip(0), "oversized": coretest.Oversized,
	} {
		issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("https://issuer.test", "ES256"))
		server := httptest.NewServer(issuer)
		assert.Equal(t, string(issuer.JWKS()), mustGet(t, server.Client(), server.URL+"/jwks").body)
		issuer.Fail(fault)
		issuer.Close() // a request after it ends at once
		_, err := get(t.Context(), server.Client(), server.URL+"/jwks")
		assert.Error(t, err, name)

		issuer.Heal()
		arrived := make(chan struct{}, 1)
		issuer.Fail(fault, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			arrived <- struct{}{}
			next.ServeHTTP(w, r)
		})
		go func() {
			<-arrived
			issuer.Close()
		}()
		resp, err := server.Client().Get(server.URL + "/jwks")
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		assert.Error(t, err, name)
		server.Close()
		noneLeft(t, name)
	}
}

// TestFaultsEndWithTheRequest serves requests whose clients are gone, with a writer that takes everything.
func TestFaultsEndWithTheRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("https://issuer.test", "ES256"))
	defer issuer.Close()
	for name, fault := range map[string]coretest.Fault{
		"delay": coretest.Delay(time.Hour), "drip": coretest.Drip(0), "slow drip": coretest.Drip(time.Hour), "oversized": coretest.Oversized,
	} {
		issuer.Fail(fault)
		serve := func() {
			issuer.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, issuer.KeysURL, nil))
		}
		assert.PanicsWithValue(t, http.ErrAbortHandler, serve, name)
	}
}
