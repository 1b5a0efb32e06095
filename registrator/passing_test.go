package registrator_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// What passes by itself is waited for, and what does not is an error at once.

// alert returns the error of package crypto/tls for an alert of the peer, with the exported type in place of its own.
func alert(number uint8) error { return &net.OpError{Op: "remote error", Err: tls.AlertError(number)} }

var noSuchHost = &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "kong", IsNotFound: true}}

// troubled is a transport that fails a number of times before it works.
type troubled struct {
	next  http.RoundTripper
	err   error
	times int32
	calls atomic.Int32
}

func (f *troubled) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.calls.Add(1) <= f.times {
		return nil, f.err
	}
	return f.next.RoundTrip(r)
}

func TestTroublesOfTheTransportThatPass(t *testing.T) {
	all := map[string]error{
		"a name that is not known yet":    noSuchHost,
		"a resolver that does not answer": &net.DNSError{Err: "timeout", Name: "kong", IsTimeout: true},
		"a resolver that fails":           &net.DNSError{Err: "server misbehaving", Name: "kong", IsTemporary: true},
		"refused":                         &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"no route":                        &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH},
		"end of file":                     io.EOF,
	}
	for number := range 256 {
		switch number {
		case 42, 43, 44, 45, 46, 48, 49, 116:
		default:
			all[fmt.Sprint("alert ", number)] = alert(uint8(number))
		}
	}
	for name, err := range all {
		for what, call := range map[string]func(context.Context, *registrator.Kong) error{
			"Register": func(ctx context.Context, k *registrator.Kong) error { return k.Register(ctx, hello()) },
			"Run": func(ctx context.Context, k *registrator.Kong) error {
				ctx, stop := context.WithTimeout(ctx, time.Minute)
				defer stop()
				return k.Run(ctx, hello())
			},
		} {
			inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
				transport := &troubled{next: memory{k.Admin()}, err: err, times: 8}
				require.NoError(t, call(t.Context(), newKong(t, "https://kong", registrator.Config{Transport: transport})), "%s: %s", name, what)
				assert.Equal(t, http.StatusOK, operate(k, "GET", "/routes/hello").Code)
			})
		}
	}
}

func TestAlertsAboutCertificatesAreFinal(t *testing.T) {
	for _, number := range []uint8{42, 43, 44, 45, 46, 48, 49, 116} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			transport := &troubled{next: memory{k.Admin()}, err: alert(number), times: 1}
			err := newKong(t, "https://kong", registrator.Config{Transport: transport}).Register(t.Context(), hello())
			require.ErrorIs(t, err, registrator.ErrUnauthorized, "%d", number)
			assert.EqualValues(t, 1, transport.calls.Load())
		})
	}
}

// TestAlertsOfARealServer tests a server that sends alerts until it is ready, over sockets.
func TestAlertsOfARealServer(t *testing.T) {
	a := newAuthority(t)
	certificate := a.issue("server", nil)
	var asked atomic.Int32
	k, url := serve(t, &tls.Config{Certificates: []tls.Certificate{certificate}, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if asked.Add(1) <= 2 {
			return nil, errors.New("not yet") // alert 80, internal_error
		}
		return nil, nil
	}})
	config, err := registrator.TLSFiles(a.file("ca.pem"), "", "")
	require.NoError(t, err)
	require.NoError(t, newKong(t, url, registrator.Config{TLS: config}).Register(t.Context(), hello()))
	assert.NotEmpty(t, k.Writes())
	assert.Greater(t, asked.Load(), int32(2))
}

// TestAnswersThatPass gives each answer for 5 seconds, to each kind of request of a registration.
func TestAnswersThatPass(t *testing.T) {
	for name, answer := range map[string]kongtest.Fault{
		"408":        kongtest.Answer(408, "text/html", "<title>408 Request Timeout</title>"),
		"421":        kongtest.Answer(421, "text/plain", "Misdirected Request"),
		"425":        kongtest.Answer(425, "text/plain", "Too Early"),
		"a page":     kongtest.Answer(404, "text/html", "<title>404 Not Found</title>"),
		"a text":     kongtest.Answer(404, "text/plain", "404 page not found"),
		"an empty":   kongtest.Answer(404, "", ""),
		"other JSON": kongtest.Answer(404, "application/json", `{"error":"not found"}`),
	} {
		for what, match := range map[string]func(*http.Request) bool{
			"all":           func(*http.Request) bool { return true },
			"the node":      func(r *http.Request) bool { return r.URL.Path == "/" || r.URL.Path == "/kong" },
			"a service":     func(r *http.Request) bool { return r.URL.Path == "/services/hello" },
			"a list":        func(r *http.Request) bool { return r.URL.Path == "/services/hello/plugins" },
			"a new service": func(r *http.Request) bool { return r.Method == "POST" && r.URL.Path == "/services" },
		} {
			inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
				k.Inject(-1, answer, match)
				time.AfterFunc(5*time.Second, k.Heal)
				require.NoError(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), hello()), "%s: %s", name, what)
				assert.Equal(t, http.StatusOK, operate(k, "GET", "/routes/hello").Code)
			})
		}
	}
}

// TestRouteOfTheAdminAPIIsMissing tests a Kong in front of the Admin API that does not know its route for a while: that does not
// mean that the service does not exist.
func TestRouteOfTheAdminAPIIsMissing(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		require.NoError(t, kong.Register(t.Context(), hello()))
		k.Inject(-1, kongtest.Answer(404, "application/json", `{"message":"no Route matched with those values"}`),
			func(r *http.Request) bool { return r.URL.Path != "/" })
		require.Error(t, kong.Deregister(t.Context(), hello()))
		k.Heal()
		assert.Equal(t, http.StatusOK, operate(k, "GET", "/routes/hello").Code)
	})
}

// TestUserOfOneWorkspace tests a user who may read a workspace, and not its root.
func TestUserOfOneWorkspace(t *testing.T) {
	forbidden := kongtest.Answer(403, "application/json", `{"message":"you do not have permissions to read this resource"}`)
	at := func(root kongtest.Fault) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			switch r.URL.Path {
			case "/team-a/":
				root(w, r, next)
				return
			case "/team-a/kong":
				r.URL.Path = "/team-a/"
			}
			r.URL.Path = strings.TrimPrefix(r.URL.Path, "/team-a")
			next.ServeHTTP(w, r)
		}
	}
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		k.Inject(-1, at(forbidden))
		require.NoError(t, newKong(t, "http://kong/team-a", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), hello()))
	})
	for name, everything := range map[string]kongtest.Fault{"403": forbidden, "then 404": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path == "/kong" {
			next.ServeHTTP(w, r)
			return
		}
		forbidden(w, r, next)
	}} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			k.Inject(-1, everything)
			start := time.Now()
			err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), hello())
			require.ErrorIs(t, err, registrator.ErrUnauthorized, name)
			assert.ErrorContains(t, err, "permissions", name)
			assert.Zero(t, time.Since(start), name)
			assert.Len(t, k.Requests(), 2, name)
		})
	}
}

// TestCauseSurvives tests a gateway that is never up: the error has the cause, the address, and where the address comes from.
func TestCauseSurvives(t *testing.T) {
	const nobody = "127.0.0.1:1" // a port that the system gives to nobody
	for name, c := range map[string]struct{ given, variable, says string }{
		"given":       {"http://me:s3cret@" + nobody + "/s3cret?apikey=s3cret", "", "http://" + nobody},
		"environment": {"", "http://me:s3cret@" + nobody + "/s3cret?apikey=s3cret", "http://" + nobody + ", from API_GATEWAY_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("API_GATEWAY_URL", c.variable)
			logger, logged := captured()
			var err error
			synctest.Test(t, func(t *testing.T) {
				err = newKong(t, c.given, registrator.Config{Logger: logger}).Register(t.Context(), hello())
			})
			require.ErrorIs(t, err, registrator.ErrUnavailable)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
			assert.ErrorContains(t, err, "connection refused")
			assert.ErrorContains(t, err, "nothing listens there")
			assert.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error()+logged(), "s3cret")
			assert.Equal(t, 1, strings.Count(logged(), "level=WARN msg=\"the gateway gave no usable answer"), "%s", logged())
		})
	}
	t.Run("the default", func(t *testing.T) {
		t.Setenv("API_GATEWAY_URL", "")
		var err error
		synctest.Test(t, func(t *testing.T) {
			err = newKong(t, "", registrator.Config{Transport: &refusing{err: noSuchHost}}).Register(t.Context(), hello())
		})
		assert.ErrorContains(t, err, "does not resolve")
		assert.ErrorContains(t, err, "no such host")
		assert.ErrorContains(t, err, "http://localhost:8001, the default, since API_GATEWAY_URL is not set")
	})
}

// TestTroubleIsToldOnce tests that a trouble is logged once, and again if it changes.
func TestTroubleIsToldOnce(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		gateway := &down{next: memory{k.Admin()}}
		time.AfterFunc(30*time.Second, func() { gateway.up.Store(true) })
		k.Inject(-1, kongtest.Answer(503, "application/json", `{"message":"starting"}`))
		time.AfterFunc(time.Minute, k.Heal)
		logger, logged := captured()
		kong := newKong(t, "http://kong", registrator.Config{Transport: gateway, Timeout: 2 * time.Minute, Logger: logger})
		require.NoError(t, kong.Register(t.Context(), hello()))
		assert.Equal(t, 2, strings.Count(logged(), "level=WARN"), logged())
		assert.Contains(t, logged(), "connection refused")
		assert.Contains(t, logged(), "starting")
		synctest.Wait()
	})
}

// TestAddressOfTheEnvironment tests values that people and their tools write.
func TestAddressOfTheEnvironment(t *testing.T) {
	for value, says := range map[string]string{
		"kong:8001": "scheme", "kong": "scheme", "10.0.0.1:8001": "scheme", "//kong:8001": "scheme", "localhost": "scheme",
		`"http://kong:8001"`: "quotation marks", "'http://kong:8001'": "quotation marks", `"http://kong:8001`: "quotation marks",
		`http://kong:8001"`: "quotation marks", "`http://kong:8001`": "quotation marks", "“http://kong:8001”": "quotation marks", `""`: "quotation marks",
		"http://kong:8001\n": "line break", "http://kong:8001\r\n": "line break", "http://kong:8001\r": "line break", "\nhttp://kong:8001": "line break",
		" http://kong:8001": "space", "http://kong:8001 ": "space", "http://kong :8001": "space", "http://kong:8001\t": "space", " ": "space",
		"http://kong:8001\u200b": "cannot be printed", "\ufeffhttp://kong:8001": "cannot be printed",
		"ftp://kong": "http:// or https://", "http://": "name a host", "http://kong:8001#x": "fragment", "http://kong:port": "not a URL",
	} {
		t.Setenv("API_GATEWAY_URL", value)
		_, err := registrator.NewKong("", registrator.Config{})
		require.ErrorIs(t, err, registrator.ErrInvalid, "%q", value)
		assert.ErrorContains(t, err, "API_GATEWAY_URL", "%q", value)
		assert.ErrorContains(t, err, says, "%q", value)
		assert.NotContains(t, err.Error(), "\n")
	}
	for _, secret := range []string{`"http://me:s3cret@kong"`, "me:s3cret@kong", "http://me:s3cret@kong\n", "http://me:s3cret@kong:x"} {
		t.Setenv("API_GATEWAY_URL", secret)
		_, err := registrator.NewKong("", registrator.Config{})
		require.ErrorIs(t, err, registrator.ErrInvalid)
		assert.NotContains(t, err.Error(), "s3cret")
		_, err = registrator.NewKong(secret, registrator.Config{})
		require.ErrorIs(t, err, registrator.ErrInvalid)
		assert.NotContains(t, err.Error(), "API_GATEWAY_URL", "it was given by the program")
	}
	for _, good := range []string{"http://kong:8001", "HTTPS://kong", "http://kong:8001/", "http://[::1]:8001/team-a", "http://a:b'c@kong/?k=x'"} {
		t.Setenv("API_GATEWAY_URL", good)
		_, err := registrator.NewKong("", registrator.Config{})
		assert.NoError(t, err, good)
	}
}
