package ginsec_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	ginsec "github.com/microkubes/microkubes-go/adapters/gin"
	"github.com/microkubes/microkubes-go/core"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	os.Exit(m.Run())
}

// byName authenticates a request by the name in its X-User field.
var byName = core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
	if name, n := r.Header("X-User"); n == 1 {
		return sc.SetAuth(core.NewAuth(core.AuthData{Username: name}))
	}
	return nil
})

func newSecurity(t testing.TB, providers ...core.Provider) *ginsec.Security {
	t.Helper()
	chain, err := core.NewSecurityChain(append(providers, byName)...)
	require.NoError(t, err)
	return ginsec.New(chain.WithLogger(slog.New(slog.DiscardHandler)))
}

func request(method, target, user string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	if user != "" {
		r.Header.Set("X-User", user)
	}
	return r
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// user is a handler that answers with the name of the caller.
func user(c *gin.Context) {
	auth, _ := ginsec.Auth(c)
	c.String(http.StatusOK, auth.Username())
}
