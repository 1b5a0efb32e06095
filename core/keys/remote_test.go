package keys_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

func TestRemoteConfigSaysWhatToChange(t *testing.T) {
	for name, c := range map[string]struct {
		config keys.RemoteConfig
		says   string
	}{
		"nothing":                {keys.RemoteConfig{}, "needs Issuer"},
		"no issuer to compare":   {keys.RemoteConfig{DiscoveryURL: issuerURL}, "needs Issuer"},
		"two ways":               {keys.RemoteConfig{Issuer: issuerURL, DiscoveryURL: issuerURL, KeysURL: keysURL}, "take one of them away"},
		"http issuer":            {keys.RemoteConfig{Issuer: "http://login.example.com"}, "RemoteConfig.Issuer: http:// is for loopback"},
		"http keys":              {keys.RemoteConfig{KeysURL: "http://login.example.com"}, "RemoteConfig.KeysURL: http:// is for loopback"},
		"http discovery":         {keys.RemoteConfig{Issuer: issuerURL, DiscoveryURL: "http://login"}, "RemoteConfig.DiscoveryURL: http:// is for"},
		"credentials, issuer":    {keys.RemoteConfig{Issuer: "https://u:SECRET@login.example.com"}, "RemoteConfig.Issuer: it has credentials"},
		"credentials, keys":      {keys.RemoteConfig{KeysURL: "https://u:SECRET@login.example.com"}, "RemoteConfig.KeysURL: it has credentials"},
		"credentials, discovery": {keys.RemoteConfig{Issuer: issuerURL, DiscoveryURL: "https://SECRET@x"}, "RemoteConfig.DiscoveryURL: it has credentials"},
		"fragment":               {keys.RemoteConfig{KeysURL: keysURL + "#SECRET"}, "fragment"},
		"query of an issuer":     {keys.RemoteConfig{Issuer: issuerURL + "?SECRET"}, "has a query"},
		"document, not issuer":   {keys.RemoteConfig{Issuer: issuerURL + "/.well-known/openid-configuration"}, `what the document has as "issuer"`},
		"empty query":            {keys.RemoteConfig{Issuer: issuerURL + "?"}, "has a query"},
		"no URL":                 {keys.RemoteConfig{Issuer: "Microkubes JWT Authority"}, "RemoteConfig.Issuer: it is not an absolute URL"},
		"bad URL":                {keys.RemoteConfig{KeysURL: "https://SECRET%zz/"}, "absolute URL"},
		"file":                   {keys.RemoteConfig{KeysURL: "file://host/keys"}, "https://"},
		"negative cool-down":     {keys.RemoteConfig{KeysURL: keysURL, CoolDown: -1}, "from 1ms to 1m0s"},
		"cool-down without unit": {keys.RemoteConfig{KeysURL: keysURL, CoolDown: 10}, "CoolDown is 10ns: it must be 0, or from 1ms"},
		"long cool-down":         {keys.RemoteConfig{KeysURL: keysURL, CoolDown: time.Minute + 1}, "from 1ms to 1m0s"},
		"negative age":           {keys.RemoteConfig{KeysURL: keysURL, MaxAge: -1}, "MaxAge"},
		"short age":              {keys.RemoteConfig{KeysURL: keysURL, MaxAge: time.Second}, "MaxAge"},
		"host with a port":       {keys.RemoteConfig{KeysURL: keysURL, KeysHosts: []string{"keys.internal:443"}}, "write the host alone"},
		"host as a URL":          {keys.RemoteConfig{KeysURL: keysURL, KeysHosts: []string{"https://keys.internal"}}, "write the host alone"},
		"pattern":                {keys.RemoteConfig{KeysURL: keysURL, KeysHosts: []string{"*.internal"}}, "write the host alone"},
		"empty host":             {keys.RemoteConfig{KeysURL: keysURL, KeysHosts: []string{""}}, "write the host alone"},
		"IPv6 in brackets":       {keys.RemoteConfig{KeysURL: keysURL, KeysHosts: []string{"[::1]"}}, "write the host alone"},
	} {
		r, err := c.config.Open(t.Context())
		assert.Nil(t, r, name)
		assert.ErrorContains(t, err, c.says, name)
		assert.NotContains(t, fmt.Sprint(err), "SECRET", name)
	}
}

func TestRemoteConfigTakes(t *testing.T) {
	for name, c := range map[string]keys.RemoteConfig{
		"loopback":            {KeysURL: "http://127.0.0.1:8080/keys"},
		"localhost":           {Issuer: "http://localhost:8080/realms/x"},
		"the waiver":          {KeysURL: "http://keys.example.com/", InsecureHTTP: true},
		"a query of the keys": {KeysURL: keysURL + "?appid=1"},
		"another issuer name": {Issuer: "Microkubes JWT Authority", KeysURL: keysURL},
		"hosts":               {Issuer: issuerURL, KeysHosts: []string{"keys.internal", "10.0.0.1", "fd00::1"}, CoolDown: time.Minute, MaxAge: time.Minute},
	} {
		s := newKeyServer("a")
		s.fail(status(500))
		c.Client = s.client()
		c.Logger = discard
		r, err := c.Open(t.Context())
		require.NoError(t, err, name)
		require.NoError(t, r.Close())
	}
}

// TestRemoteFinds is the usual case, from both ends.
func TestRemoteFinds(t *testing.T) {
	for name, change := range map[string]func(*keys.RemoteConfig){"by its URL": nil, "by the issuer": byIssuer} {
		t.Run(name, func(t *testing.T) {
			s := newKeyServer("a", "b")
			r, log := s.remote(t, change)
			for _, kid := range []string{"a", "b", ""} {
				found, err := r.Find(t.Context(), kid, "ES256")
				require.NoError(t, err)
				assert.NotEmpty(t, found)
			}
			assert.Equal(t, []string{"ES256"}, r.Algorithms())
			assert.NoError(t, r.Ready(t.Context()))
			assert.Empty(t, log.all())
			assert.Equal(t, "keys.RemoteSet keys.RemoteSet", fmt.Sprintf("%v %#v", r, r))
			assert.Equal(t, 1, s.count())
		})
	}
}

func TestNoFetchForWhatNoFetchCanChange(t *testing.T) {
	s := newKeyServer("a")
	r, _ := s.remote(t, nil)
	for range 100 { // the key is there, and is for another algorithm
		_, err := r.Find(t.Context(), "a", "RS256")
		assert.ErrorIs(t, err, keys.ErrNoFittingKey)
	}
	for _, algorithm := range []string{"HS256", "HS384", "HS512", "none", "", "ES256K", "es256"} { // no published key is for it
		for _, kid := range []string{"unknown-" + algorithm, ""} {
			_, err := r.Find(t.Context(), kid, algorithm)
			assert.ErrorIs(t, err, keys.ErrNoFittingKey, "%q %q", kid, algorithm)
		}
	}
	assert.Equal(t, 1, s.count())
}

func TestRemoteBeforeTheFirstDocument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.fail(status(500))
		r, log := s.remote(t, nil)
		assert.Equal(t, []string{"ERROR the keys cannot be fetched; there are none to use until they can"}, log.lines())
		h := r.Health()
		assert.False(t, h.Usable)
		assert.Zero(t, h.FetchedAt)
		assert.ErrorContains(t, h.Err, "status 500")
		assert.Equal(t, time.Now(), h.FailedAt)
		assert.Contains(t, r.Algorithms(), "ES256", "nobody knows yet")
		assert.NotContains(t, r.Algorithms(), "HS256", "no secret is ever published")
		assert.Equal(t, time.Second, retryAfter(t, r, "a"))
		assert.Equal(t, time.Second, retryAfter(t, r, ""))
		assert.Equal(t, 1, s.count(), "a request does not make it fetch before the back-off ends")

		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err := r.Ready(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, err, keys.ErrUnavailable)
		assert.ErrorContains(t, err, "status 500")

		s.fail(nil) // and it works by itself
		require.NoError(t, r.Ready(t.Context()))
		assert.True(t, has(t, r, "a"))
		assert.Equal(t, []string{"INFO the keys can be fetched again"}, log.lines())
		assert.NoError(t, r.Health().Err)
		assert.True(t, r.Health().Usable)
	})
}

func TestRequired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.fail(status(500))
		r, err := keys.RemoteConfig{KeysURL: keysURL, Client: s.client(), Required: true, Logger: discard}.Open(t.Context())
		assert.Nil(t, r)
		assert.ErrorContains(t, err, "status 500")
		assert.ErrorContains(t, err, "Required")
		s.fail(hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = keys.RemoteConfig{KeysURL: keysURL, Client: s.client(), Required: true, Logger: discard}.Open(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	}) // synctest finds the goroutines that are left
}

// TestContextOfOpenBoundsTheStartAlone gives Open a context that ends.
func TestContextOfOpenBoundsTheStartAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.fail(func(http.ResponseWriter, *http.Request) bool { time.Sleep(3 * time.Second); return false })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		began := time.Now()
		r, err := keys.RemoteConfig{KeysURL: keysURL, Client: s.client(), Logger: discard}.Open(ctx)
		require.NoError(t, err)
		defer r.Close()
		assert.Equal(t, time.Second, time.Since(began))
		cancel()
		assert.True(t, has(t, r, "a"), "it waits for the fetch that is running")
		assert.Equal(t, 3*time.Second, time.Since(began))
		time.Sleep(24 * time.Hour)
		assert.Greater(t, s.count(), 24*4, "and others follow")
	})
}

// TestFirstRequestsShareOneFetch is 1,000 first requests at once.
func TestFirstRequestsShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.fail(func(http.ResponseWriter, *http.Request) bool { time.Sleep(time.Second); return false })
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		r, err := keys.RemoteConfig{KeysURL: keysURL, Client: s.client(), Logger: discard}.Open(ended)
		require.NoError(t, err)
		defer r.Close()
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				if i%2 == 0 {
					assert.True(t, has(t, r, "a"))
					return
				}
				_, err := r.Find(ended, "a", "ES256") // gives up, and disturbs nobody
				assert.ErrorIs(t, err, context.Canceled)
				assert.ErrorIs(t, err, keys.ErrUnavailable)
			})
		}
		all.Wait()
		assert.Equal(t, 1, s.count())
	})
}

// TestCloseOfRemote closes in the middle of a fetch, with requests waiting, and twice.
func TestCloseOfRemote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, log := s.remote(t, func(c *keys.RemoteConfig) { c.MaxAge = time.Hour })
		generation := r.Generation()
		s.fail(func(w http.ResponseWriter, r *http.Request) bool {
			hang(w, r)
			time.Sleep(time.Second)
			return true
		})
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				_, err := r.Find(t.Context(), "new", "ES256")
				assert.ErrorIs(t, err, keys.ErrUnavailable)
				assert.ErrorContains(t, err, "closed")
			})
		}
		synctest.Wait()
		all.Go(func() { assert.NoError(t, r.Close()) })
		began := time.Now()
		require.NoError(t, r.Close())
		assert.Equal(t, time.Second, time.Since(began), "it waits for the fetch to end")
		require.NoError(t, r.Close())
		all.Wait()
		assert.Equal(t, 2, s.count())
		assert.Empty(t, log.all(), "a fetch that Close ends is not a failure")

		time.Sleep(time.Until(r.Health().FetchedAt.Add(time.Hour)) - 1)
		assert.True(t, has(t, r, "a"), "the last good keys")
		assert.Equal(t, generation, r.Generation())
		began = time.Now()
		assert.Positive(t, retryAfter(t, r, "new"))
		assert.Equal(t, began, time.Now(), "nothing to wait for")
		time.Sleep(time.Nanosecond)
		assert.Greater(t, r.Generation(), generation)
		assert.Positive(t, retryAfter(t, r, "a"))
		assert.False(t, r.Health().Usable)
		assert.Zero(t, r.Health().NextRefresh)
		assert.ErrorContains(t, r.Ready(t.Context()), "closed")
		assert.Zero(t, s.count())
	})
}

func TestObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		var events []string
		r, _ := s.remote(t, func(c *keys.RemoteConfig) {
			c.Observer = func(e keys.RemoteEvent) {
				events = append(events, strings.TrimSpace(fmt.Sprintln(e.Kind, e.Keys, e.Took, e.Err != nil)))
			}
		})
		for _, step := range []func(){
			nil,
			func() { s.rotate("a", "b") },
			func() {
				s.fail(hang)
			},
		} {
			if step != nil {
				step()
			}
			time.Sleep(time.Until(r.Health().NextRefresh))
			synctest.Wait()
		}
		time.Sleep(fetchTimeout)
		synctest.Wait()
		require.NoError(t, r.Close())
		assert.Equal(t, []string{"fetched 1 0s false", "fetched 1 0s false", "fetched 2 0s false", "rotated 2 0s false"}, events[:4])
		assert.Contains(t, events[4], "failed 2 5s true")
	})
}

const fetchTimeout = 5 * time.Second
