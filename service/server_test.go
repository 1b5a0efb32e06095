package service_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

type front = func(method, path string) (status int, body []byte)

// TestServersThatEnd has servers that end by themselves. The service leaves the gateway and says what happened.
func TestServersThatEnd(t *testing.T) {
	for name, c := range map[string]struct {
		serve service.Server
		says  string
	}{
		"returns": {func(context.Context, net.Listener, front) error { return nil }, "a Server serves until its context ends"},
		"fails":   {func(context.Context, net.Listener, front) error { return errors.New("out of files") }, "ended by itself: out of files"},
		"panics":  {func(context.Context, net.Listener, front) error { panic("no routes") }, "ended by itself: the server panicked: no routes"},
		"closes the listener": {func(_ context.Context, l net.Listener, _ front) error {
			_ = l.Close()
			_, err := l.Accept()
			return err
		}, "use of closed network connection"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				began := time.Now()
				err := service.Run(f.ctx, f.config, func(*service.App) (service.Server, error) { return c.serve, nil })
				assert.ErrorIs(t, err, service.ErrServe)
				assert.NotErrorIs(t, err, service.ErrStop)
				assert.ErrorContains(t, err, c.says)
				assert.Less(t, time.Since(began), 10*time.Second, "nobody serves, so it does not wait for requests")
				assert.Empty(t, entities(t, f.gateway))
			})
		})
	}
}

// TestServersThatEndWhileStopping has servers that do not stop as they should.
func TestServersThatEndWhileStopping(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(f *fixture) service.Server
		says  string
	}{
		"before they are told": {func(f *fixture) service.Server {
			return func(context.Context, net.Listener, front) error {
				<-f.ctx.Done()
				return nil
			}
		}, "a Server serves until its context ends"},
		"with an error": {func(*fixture) service.Server {
			return func(ctx context.Context, _ net.Listener, _ front) error {
				<-ctx.Done()
				return errors.New("a request was lost")
			}
		}, "the server ended with an error: a request was lost"},
		"never": {func(*fixture) service.Server {
			return func(context.Context, net.Listener, front) error {
				time.Sleep(time.Hour) // of virtual time
				return nil
			}
		}, "the time to stop has ended: the server has not ended"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.hooks.at["serving"] = f.stop
				began := time.Now()
				err := service.Run(f.ctx, f.config, func(*service.App) (service.Server, error) { return c.serve(f), nil })
				assert.ErrorIs(t, err, service.ErrStop)
				assert.ErrorContains(t, err, c.says)
				assert.LessOrEqual(t, time.Since(began), map[bool]time.Duration{true: time.Second, false: 25 * time.Second}[name == "before they are told"])
				assert.Empty(t, entities(t, f.gateway))
				time.Sleep(time.Hour) // of virtual time: the process would have ended
			})
		})
	}
}

// TestBothFail has a server that ends by itself and a gateway that does not answer.
func TestBothFail(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		err := service.Run(f.ctx, f.config, func(*service.App) (service.Server, error) {
			return func(context.Context, net.Listener, front) error {
				f.gateway.Inject(-1, kongtest.Hang())
				return errors.New("out of files")
			}, nil
		})
		assert.ErrorIs(t, err, service.ErrServe)
		assert.ErrorIs(t, err, service.ErrStop)
		assert.ErrorContains(t, err, "what may be left on the gateway: target 10.0.0.7:8080")
	})
}

// TestCodeThatDoesNotReturn has user code that ignores that the service is told to stop.
func TestCodeThatDoesNotReturn(t *testing.T) {
	sleep := func() { time.Sleep(time.Hour) } // of virtual time
	for name, change := range map[string]func(f *fixture) func(*service.App) (service.Server, error){
		"the policy": func(f *fixture) func(*service.App) (service.Server, error) {
			policy := f.config.Policy
			f.config.Policy = func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) { sleep(); return policy(ctx) }
			return serveNothing
		},
		"the routes": func(*fixture) func(*service.App) (service.Server, error) {
			return func(app *service.App) (service.Server, error) { sleep(); return serveNothing(app) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				build := change(f)
				time.AfterFunc(time.Second, f.stop)
				began := time.Now()
				err := service.Run(f.ctx, f.config, build)
				assert.ErrorIs(t, err, service.ErrStop)
				assert.ErrorContains(t, err, "has not returned; it must return when")
				assert.LessOrEqual(t, time.Since(began), 26*time.Second)
				assert.Empty(t, f.gateway.Requests())
				time.Sleep(time.Hour) // of virtual time: the process would have ended
			})
		})
	}
}

// TestCodeThatEndsItsGoroutine has user code that calls FailNow of a test, which ends the goroutine and not the function.
func TestCodeThatEndsItsGoroutine(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		time.AfterFunc(time.Minute, f.stop) // at the latest
		began := time.Now()
		err := service.Run(f.ctx, f.config, func(*service.App) (service.Server, error) {
			runtime.Goexit() // as FailNow does
			return nil, nil
		})
		assert.ErrorIs(t, err, service.ErrStart)
		assert.ErrorContains(t, err, "return an error in place of FailNow")
		assert.Less(t, time.Since(began), time.Minute)
	})
}

// TestStreams has an answer that does not end by itself. Its handler ends it when the context of the App ends.
func TestStreams(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		answer := make(chan string, 1)
		f.hooks.at["serving"] = func() {
			go func() {
				status, body := f.get("/hello")
				answer <- fmt.Sprint(status, " ", body)
			}()
		}
		assert.NoError(t, service.Run(f.ctx, f.config, func(app *service.App) (service.Server, error) {
			return service.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				f.stop()
				<-app.Context().Done()
				_, _ = io.WriteString(w, "the end")
			})), nil
		}))
		assert.Equal(t, "200 the end", <-answer)
	})
}

// TestHijackedConnections has a connection that a handler has taken over. Nobody waits for it, and it is closed in the end.
func TestHijackedConnections(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		ended := make(chan struct{})
		f.routes.HandleFunc("/hello", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if !assert.NoError(t, err) {
				return
			}
			go func() {
				defer close(ended)
				_, _ = io.Copy(io.Discard, conn) // until it is closed
			}()
			f.stop()
		})
		f.hooks.at["serving"] = func() {
			go func() {
				r, err := f.client.Get("http://10.0.0.7:8080/hello")
				if assert.Error(t, err) {
					return
				}
				_ = r.Body.Close()
			}()
		}
		assert.NoError(t, f.run())
		<-ended
	})
}

// TestWithoutGateway has a service without a gateway. It does not wait when it stops, since nobody has to learn of it.
func TestWithoutGateway(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.config.GatewayURL, f.config.WithoutGateway = "", true
		f.config.Listener = newPipes("::", 8080)
		f.hooks.at["serving"] = f.stop
		began := time.Now()
		assert.NoError(t, f.run())
		assert.Less(t, time.Since(began), time.Second)
		assert.Empty(t, f.gateway.Requests())
	})
}

// TestTLS has a service that listens with TLS. The gateway speaks https to it.
func TestTLS(t *testing.T) {
	model := httptest.NewTLSServer(http.NotFoundHandler()) // has a certificate for 127.0.0.1
	certificate := model.TLS.Certificates[0]
	model.Close()
	gateway := kongtest.Start(kongtest.Config{})
	defer gateway.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	secure := make(chan bool, 1)
	done := make(chan error, 1)
	address := make(chan string, 1)
	config := service.Config{
		Name: "hello-service", Paths: []string{"/hello"}, Address: "127.0.0.1:0", Policy: service.Microkubes(writtenKeys(t)),
		GatewayURL: gateway.AdminURL(), TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, Linger: -1,
	}
	go func() {
		done <- service.Run(ctx, config, func(*service.App) (service.Server, error) {
			inner := service.HTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { secure <- r.TLS != nil }))
			return func(ctx context.Context, l net.Listener, front front) error {
				address <- l.Addr().String()
				return inner(ctx, l, front)
			}, nil
		})
	}()
	direct := <-address
	r, err := http.Get(gateway.ProxyURL() + "/hello")
	require.NoError(t, err)
	_ = r.Body.Close()
	assert.Equal(t, 200, r.StatusCode)
	assert.True(t, <-secure)

	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	r, err = client.Get("https://" + direct + "/healthcheck")
	require.NoError(t, err)
	_ = r.Body.Close()
	assert.Equal(t, 200, r.StatusCode)
	client.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	stop()
	assert.NoError(t, <-done)
}

// TestChainOfTheApp has a route that is guarded by the chain of the policy, which writes to the logger of the Config.
func TestChainOfTheApp(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		good := f.issuer.Microkubes(coretest.Claims{"username": "ann"})
		f.hooks.at["serving"] = func() {
			go func() {
				defer f.stop()
				for token, want := range map[string]string{"x.y.z": "401", good: "200 ann"} {
					r, err := http.NewRequest(http.MethodGet, "http://10.0.0.7:8080/hello", nil)
					require.NoError(t, err)
					r.Header = coretest.Bearer(token)
					answer, err := f.client.Do(r)
					require.NoError(t, err)
					body, err := io.ReadAll(answer.Body)
					assert.NoError(t, err)
					_ = answer.Body.Close()
					assert.Contains(t, fmt.Sprint(answer.StatusCode, " ", string(body)), want)
				}
			}()
		}
		assert.NoError(t, service.Run(f.ctx, f.config, func(app *service.App) (service.Server, error) {
			assert.Same(t, f.config.Logger, app.Logger)
			return service.HTTP(secured(app.Chain, func(w http.ResponseWriter, r *http.Request) {
				auth, _ := core.AuthFrom(r.Context())
				_, _ = io.WriteString(w, auth.Username())
			})), nil
		}))
		assert.Contains(t, f.hooks.logged(), "reason=")
		assert.NotContains(t, f.hooks.logged(), "ann")
	})
}
