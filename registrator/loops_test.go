package registrator_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestResendingIsNeeded tests a gateway that fails every other request. A sequence of requests never gets through it as a whole:
// only resending single requests does.
func TestResendingIsNeeded(t *testing.T) {
	for _, fault := range []kongtest.Fault{
		kongtest.Answer(503, "application/json", `{"message":"x"}`), kongtest.Answer(429, "application/json", `{"message":"x"}`), kongtest.Cut(),
	} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			n := 0
			k.Inject(-1, fault, func(*http.Request) bool { n++; return n%2 == 1 })
			kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: 2 * time.Minute})
			require.NoError(t, kong.Register(t.Context(), hello()))
			k.Heal()
			assert.Equal(t, http.StatusOK, operate(k, "GET", "/routes/hello").Code)
		})
	}
}

// TestReadingAnewIsNeeded tests a Kong 2.8 whose upstream is deleted after it was read: Kong then answers 500 to a new target, as
// often as it is sent. Only reading the gateway anew finds out that the upstream must be created again.
func TestReadingAnewIsNeeded(t *testing.T) {
	inVirtualTime(t, kongtest.Config{Version: "2.8.5"}, func(t *testing.T, k *kongtest.Gateway) {
		var statuses []int
		k.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if len(statuses) == 0 {
				require.Equal(t, http.StatusNoContent, operate(k, "DELETE", "/upstreams/hello.upstream").Code)
			}
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			statuses = append(statuses, answer.Code)
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
		}, func(r *http.Request) bool { return r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/targets") })
		require.NoError(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), balanced()))
		assert.Equal(t, http.StatusInternalServerError, statuses[0])
		assert.Equal(t, http.StatusCreated, statuses[len(statuses)-1])
	})
}
