package coretest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestIssuerServerDocuments has both documents fetched over a real socket, for names with and without a path.
func TestIssuerServerDocuments(t *testing.T) {
	const outer = "https://login.example.com"
	for name, c := range map[string]struct {
		issuer, path, wantName string
		tls                    bool
	}{
		"no path":                  {},
		"a path":                   {issuer: "/realms/shop", path: "/realms/shop"},
		"a slash":                  {issuer: "/", path: ""},
		"a path with a slash":      {issuer: "/t/1/", path: "/t/1"},
		"an escaped path":          {issuer: "/a%20b", path: "/a%20b"},
		"https":                    {issuer: "/realms/shop", path: "/realms/shop", tls: true},
		"an outer name":            {issuer: outer, wantName: outer},
		"an outer name and a path": {issuer: outer + "/x/", path: "/x", wantName: outer + "/x/"},
	} {
		t.Run(name, func(t *testing.T) {
			issuer := coretest.NewIssuerServer(coretest.NewIssuerFor(c.issuer, "ES256"))
			defer issuer.Close()
			client, scheme := plainClient(t), "http"
			if c.tls {
				issuer.StartTLS()
				_, err := get(t.Context(), client, issuer.URL+openID)
				assert.ErrorContains(t, err, "certificate")
				client, scheme = issuer.Client(), "https"
			} else {
				issuer.Start()
			}
			u, err := url.Parse(issuer.URL)
			require.NoError(t, err)
			host := scheme + "://" + u.Host
			want := c.wantName
			if want == "" {
				want = issuer.URL
				assert.Equal(t, host+c.issuer, issuer.URL)
			}
			assert.Equal(t, want, issuer.Name)
			assert.Equal(t, host+c.path+"/jwks", issuer.KeysURL)
			for _, address := range []string{
				host + "/.well-known/oauth-authorization-server" + c.path, host + openID + c.path, host + c.path + openID,
			} {
				got := mustGet(t, client, address)
				require.Equal(t, http.StatusOK, got.status, address)
				var members map[string]any
				require.NoError(t, json.Unmarshal([]byte(got.body), &members))
				assert.Equal(t, []any{want, issuer.KeysURL}, []any{members["issuer"], members["jwks_uri"]})
			}
			usable, _ := ids(t, client, issuer)
			assert.Equal(t, []string{"default"}, usable)
			assert.Equal(t, http.StatusNotFound, mustGet(t, client, host+c.path+"/other").status)
			nDiscovery, nKeys := issuer.Fetches()
			assert.Equal(t, []int{3, 1}, []int{nDiscovery, nKeys})
		})
	}
	for _, name := range []string{"Microkubes JWT Authority", "ftp://host", "//host/x", "/x?y", "https://host/x#y", "x", ":", "/a b"} {
		assert.Panics(t, func() { coretest.NewIssuerServer(coretest.NewIssuerFor(name, "EdDSA")) }, name)
	}
	unnamed := coretest.NewIssuerServer(coretest.NewIssuerFor("", "EdDSA"))
	assert.Panics(t, func() { unnamed.Client() }, "it has no address yet")
	unnamed.Start()
	defer unnamed.Close()
	assert.Panics(t, unnamed.Start, "it listens already")
}

func TestIssuerServerCaching(t *testing.T) {
	issuer := coretest.StartIssuer()
	defer issuer.Close()
	client := plainClient(t)
	for _, address := range []string{issuer.URL + openID, issuer.KeysURL} {
		first := mustGet(t, client, address)
		assert.Equal(t, "application/json", first.header.Get("Content-Type"))
		assert.Equal(t, "public, max-age=300", first.header.Get("Cache-Control"))
		again := mustGet(t, client, address, "If-None-Match", first.header.Get("Etag"))
		assert.Equal(t, []any{http.StatusNotModified, "", first.header.Get("Etag")}, []any{again.status, again.body, again.header.Get("Etag")})
	}
	tag := mustGet(t, client, issuer.KeysURL).header.Get("Etag")
	issuer.Announce()
	assert.Equal(t, http.StatusOK, mustGet(t, client, issuer.KeysURL, "If-None-Match", tag).status, "the set has changed")

	issuer.Fail(coretest.MalformedKey, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
	tag = mustGet(t, client, issuer.URL+openID).header.Get("Etag")
	got := mustGet(t, client, issuer.KeysURL, "If-None-Match", tag)
	assert.Equal(t, []any{http.StatusOK, "no-store"}, []any{got.status, got.header.Get("Cache-Control")}, "a fault may set fields")
}

// TestIssuerServerConcurrently fetches documents while keys rotate and faults come and go.
func TestIssuerServerConcurrently(t *testing.T) {
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("", "EdDSA"))
	issuer.Start()
	defer issuer.Close()
	client := plainClient(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				_, _ = get(t.Context(), client, issuer.KeysURL)
				_, _ = get(t.Context(), client, issuer.URL+openID)
				_, _ = issuer.Fetches()
			}
		})
	}
	group.Go(func() {
		for i := range 20 {
			issuer.Rotate()
			issuer.Fail(coretest.Outage)
			if i%5 == 0 {
				issuer.Refuse()
			}
			issuer.Heal()
		}
	})
	group.Wait()
	usable, _ := ids(t, client, issuer)
	assert.Equal(t, []string{"rotated-20", "rotated-19"}, usable)
}
