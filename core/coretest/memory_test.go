package coretest_test

import (
	"context"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

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
