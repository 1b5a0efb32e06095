package registrator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestRedirectsAreRefused tests a gateway that redirects to another host: not one byte arrives there.
func TestRedirectsAreRefused(t *testing.T) {
	var arrived atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	defer other.Close()
	other.Config.ConnState = nil
	for _, status := range []int{301, 302, 303, 307, 308} {
		for what, match := range map[string]func(*http.Request) bool{
			"the first request": func(*http.Request) bool { return true },
			"a write":           func(r *http.Request) bool { return r.Method != "GET" },
		} {
			k := kongtest.Start(kongtest.Config{Token: "t0ken"})
			k.Inject(-1, kongtest.Redirect(status, other.URL+"/services"), match)
			err := newKong(t, k.AdminURL(), registrator.Config{Token: registrator.TokenString("t0ken")}).Register(t.Context(), hello())
			require.ErrorIs(t, err, registrator.ErrInvalid, "%d %s", status, what)
			assert.ErrorContains(t, err, "redirects are not followed")
			k.Close()
		}
	}
	assert.Zero(t, arrived.Load())
}

func TestBadConfigurations(t *testing.T) {
	for _, header := range []string{"Host", "content-length", "Transfer-Encoding", "Connection", "x y", "a:b"} {
		_, err := registrator.NewKong("", registrator.Config{TokenHeader: header, Token: registrator.TokenString("x")})
		assert.ErrorIs(t, err, registrator.ErrInvalid, header)
	}
	for _, address := range []string{
		"http://h:99999", "http://h:0", "http://h/?size=1", "http://h/?offset=x", "http://h/?tags=a", "http://h/a%2fb", "http:///x", "kong:8001",
	} {
		_, err := registrator.NewKong(address, registrator.Config{})
		assert.ErrorIs(t, err, registrator.ErrInvalid, address)
	}
	for _, config := range []registrator.Config{
		{Timeout: -1}, {AttemptTimeout: -1}, {CheckEvery: -1},
	} {
		_, err := registrator.NewKong("", config)
		assert.ErrorIs(t, err, registrator.ErrInvalid)
	}
	var zero registrator.Kong
	assert.ErrorIs(t, zero.Register(t.Context(), hello()), registrator.ErrInvalid)
	assert.ErrorIs(t, (*registrator.Kong)(nil).Run(t.Context(), hello()), registrator.ErrInvalid)
}

func TestWrongTokenIsTypedAndNotRetried(t *testing.T) {
	k := kongtest.Start(kongtest.Config{Token: "right"})
	defer k.Close()
	for _, config := range []registrator.Config{{}, {Token: registrator.TokenString("wrong")}} {
		k.Forget()
		err := newKong(t, k.AdminURL(), config).Register(t.Context(), hello())
		require.ErrorIs(t, err, registrator.ErrUnauthorized)
		assert.Len(t, k.Requests(), 1)
		var e *registrator.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 401, e.Status)
		assert.Contains(t, err.Error(), "credentials required")
	}
}

// TestTokenThatDoesNotCome tests a function that waits for its token until its context ends: the gateway is not the cause.
func TestTokenThatDoesNotCome(t *testing.T) {
	for name, limit := range map[string]time.Duration{"an attempt ends": time.Minute, "the call ends": time.Second} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: limit,
				Token: func(ctx context.Context) (string, error) {
					<-ctx.Done()
					return "", ctx.Err()
				}}).Register(t.Context(), hello())
			require.ErrorIs(t, err, context.DeadlineExceeded, name)
			assert.ErrorContains(t, err, "the admin token is not available", name)
			assert.Empty(t, k.Requests(), name)
		})
	}
}

func TestTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	register := func(k *kongtest.Gateway, token registrator.Token) error {
		return newKong(t, k.AdminURL(), registrator.Config{Token: token}).Register(t.Context(), hello())
	}
	k := kongtest.Start(kongtest.Config{Token: "right"})
	defer k.Close()
	write("wrong\n")
	token := registrator.TokenFile(file)
	require.ErrorIs(t, register(k, token), registrator.ErrUnauthorized)
	write(" right \r\n")
	require.NoError(t, register(k, token), "a rotated token is taken up")
	require.NoError(t, register(k, registrator.TokenString("right")))
	require.NoError(t, register(k, func(context.Context) (string, error) { return "right", nil }))

	k.Forget()
	gone := errors.New("the vault is sealed")
	for name, c := range map[string]struct {
		token registrator.Token
		is    error
	}{
		"a function that fails":  {func(context.Context) (string, error) { return "", gone }, gone},
		"a file that is missing": {registrator.TokenFile(file + "x"), os.ErrNotExist},
		"an empty one":           {registrator.TokenString(""), registrator.ErrInvalid},
		"a line in it":           {registrator.TokenString("rig\r\nht: x"), registrator.ErrInvalid},
		"not ASCII":              {registrator.TokenString("rïght"), registrator.ErrInvalid},
	} {
		err := register(k, c.token)
		require.ErrorIs(t, err, c.is, name)
		assert.NotContains(t, err.Error(), "ght", name)
	}
	assert.Empty(t, k.Requests())

	for _, address := range []string{"http://kong.example.com", "http://10.0.0.1:8001"} {
		logger, logged := captured()
		newKong(t, address, registrator.Config{Logger: logger, Token: token})
		assert.Contains(t, logged(), "without TLS", address)
	}
	for _, address := range []string{"http://me:secret@kong.example.com", "http://kong.example.com/?apikey=secret"} {
		logger, logged := captured()
		newKong(t, address, registrator.Config{Logger: logger})
		assert.Contains(t, logged(), "without TLS", address)
		assert.NotContains(t, logged(), "secret")
	}
	logger, logged := captured()
	for _, address := range []string{"https://kong.example.com", "http://127.0.0.1:8001", "http://localhost", "http://[::1]:8001"} {
		newKong(t, address, registrator.Config{Logger: logger, Token: token})
	}
	assert.Empty(t, logged())
}

// TestPrefixIsKept tests an Admin API behind a path, with so many targets that a list has a second page.
func TestPrefixIsKept(t *testing.T) {
	for _, prefix := range []string{"/admin-api", "/deep/er"} {
		k := kongtest.Start(kongtest.Config{Prefix: prefix})
		defer k.Close()
		s := hello()
		s.Host = ""
		require.True(t, strings.HasSuffix(k.AdminURL(), prefix))
		s.Instance = "10.0.0.1:80"
		require.NoError(t, newKong(t, k.AdminURL()+"/?apikey=x", registrator.Config{}).Register(t.Context(), s))
		for i := range 1500 {
			body := strings.NewReader(fmt.Sprintf(`{"target":"10.1.%d.%d:80"}`, i/250, i%250))
			r := httptest.NewRequest("POST", prefix+"/upstreams/hello.upstream/targets", body)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			k.Admin().ServeHTTP(w, r)
			require.Equal(t, 201, w.Code, w.Body.String())
		}
		for i := range 20 { // wherever on the pages they are
			s.Instance = fmt.Sprintf("10.0.1.%d:80", i)
			require.NoError(t, newKong(t, k.AdminURL(), registrator.Config{}).Register(t.Context(), s))
			k.Forget()
			require.NoError(t, newKong(t, k.AdminURL()+"/?apikey=x", registrator.Config{}).Register(t.Context(), s))
			assert.Empty(t, k.Writes())
		}
		second := 0
		for _, r := range k.Requests() {
			assert.True(t, strings.HasPrefix(r.Path, prefix+"/"), r.Path)
			assert.Contains(t, r.Query, "apikey=x")
			if strings.Contains(r.Query, "offset") {
				second++
				assert.Contains(t, r.Query, "size=1000")
			}
		}
		assert.Equal(t, 1, second)

		k.Forget()
		err := newKong(t, strings.TrimSuffix(k.AdminURL(), prefix), registrator.Config{}).Register(t.Context(), s)
		require.ErrorIs(t, err, registrator.ErrUnsupportedVersion)
		assert.ErrorContains(t, err, "check the address")
		assert.Len(t, k.Requests(), 2, "Kong's proxy has no such route, and will not have it soon")
	}
}

func TestGatewaysThatTakeNoRegistration(t *testing.T) {
	for name, c := range map[string]struct {
		config kongtest.Config
		info   string
		is     error
		says   string
	}{
		"without a database": {config: kongtest.Config{DBLess: true}, is: registrator.ErrReadOnly, says: "without a database"},
		"0.14":               {config: kongtest.Config{Version: "0.14.1"}, is: registrator.ErrUnsupportedVersion, says: "Kong 0.14.1 is too old"},
		"1.5":                {config: kongtest.Config{Version: "1.5.1"}, is: registrator.ErrUnsupportedVersion, says: "2.2 and later are supported"},
		"2.1":                {config: kongtest.Config{Version: "2.1.4"}, is: registrator.ErrUnsupportedVersion, says: "Kong 2.1.4 is too old"},
		"4.0":                {config: kongtest.Config{Version: "4.0.0"}, is: registrator.ErrUnsupportedVersion, says: "newer than this package"},
		"a forged line":      {info: `{"version":"1.5.1\nlevel=INFO ` + strings.Repeat("x", 5000) + `"}`, is: registrator.ErrUnsupportedVersion, says: "1.5.1 level=INFO x"},
		"a data plane":       {info: `{"version":"3.9.3","configuration":{"database":"postgres","role":"data_plane"}}`, is: registrator.ErrReadOnly, says: "control plane"},
		"something else":     {info: `{"hello":"world"}`, is: registrator.ErrUnsupportedVersion, says: "not Kong's Admin API"},
		"an odd version":     {info: `{"version":"three"}`, is: registrator.ErrUnsupportedVersion, says: "not Kong's Admin API"},
	} {
		t.Run(name, func(t *testing.T) {
			k := kongtest.Start(c.config)
			defer k.Close()
			if c.info != "" {
				k.Inject(-1, kongtest.Answer(200, "application/json", c.info))
			}
			err := newKong(t, k.AdminURL(), registrator.Config{}).Register(t.Context(), hello())
			require.ErrorIs(t, err, c.is)
			assert.ErrorContains(t, err, c.says)
			assert.Empty(t, k.Writes())
			assert.Len(t, k.Requests(), 1)
		})
	}
	for _, version := range []string{"2.2.0", "2.8.4.4-enterprise-edition", "3.0.0", "3.4.3.5-enterprise-edition", "3.10.0.0", "3.9-dev"} {
		k := kongtest.Start(kongtest.Config{Version: version})
		defer k.Close()
		assert.NoError(t, newKong(t, k.AdminURL(), registrator.Config{}).Register(t.Context(), hello()), version)
	}
}

// TestWorkspace tests the place of the node information below the path of a workspace of Kong Enterprise.
func TestWorkspace(t *testing.T) {
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	k.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		path := strings.TrimPrefix(r.URL.Path, "/team-a")
		switch path {
		case r.URL.Path, "/":
			http.Error(w, `{"message":"Not found"}`, http.StatusNotFound)
			return
		case "/kong":
			path = "/"
		}
		r.URL.Path = path
		next.ServeHTTP(w, r)
	})
	require.NoError(t, newKong(t, k.AdminURL()+"/team-a", registrator.Config{}).Register(t.Context(), hello()))
}

func TestAnswersAreBounded(t *testing.T) {
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	k.Inject(-1, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(w, io.LimitReader(endless{}, 64<<20))
	})
	err := newKong(t, k.AdminURL(), registrator.Config{}).Register(t.Context(), hello())
	require.ErrorIs(t, err, registrator.ErrUnavailable)
	assert.ErrorContains(t, err, "more than 8388608 bytes")

	k.Heal()
	k.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/routes") && r.Method == "GET" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"data":[],"offset":"again"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
	err = newKong(t, k.AdminURL(), registrator.Config{}).Register(t.Context(), hello())
	require.ErrorIs(t, err, registrator.ErrUnavailable)
	assert.ErrorContains(t, err, "does not end")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
