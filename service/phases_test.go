package service_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

// steps are the records of a service that starts, serves and stops, in order.
var steps = []string{
	"starting", "listening", "registering with the gateway", "registered with the gateway", "serving", "leaving the gateway",
	"deregistered from the gateway", "serving requests that the gateway still sends", "completing requests in progress", "stopped",
}

// TestToldToStopInEachStep tells a service to stop in each of its steps: nothing of it is left on the gateway, no goroutine is
// left (synctest would not return), and it ends in time.
func TestToldToStopInEachStep(t *testing.T) {
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.hooks.at[step] = f.stop
				if afterServing(step) {
					f.hooks.at["serving"] = f.stop
				}
				began := time.Now()
				assert.NoError(t, f.run())
				assert.Less(t, time.Since(began), 25*time.Second)
				assert.Contains(t, f.hooks.seen, step)
				assert.Empty(t, entities(t, f.gateway))
				if !afterServing(step) && step != "serving" && step != "registered with the gateway" {
					assert.NotContains(t, f.hooks.seen, "serving")
				}
			})
		})
	}
}

// afterServing reports whether a step follows only if the service is told to stop.
func afterServing(step string) bool {
	for i := len(steps) - 1; steps[i] != "serving"; i-- {
		if steps[i] == step {
			return true
		}
	}
	return false
}

// TestSteps has the order of the steps.
func TestSteps(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.hooks.at["serving"] = f.stop
		assert.NoError(t, f.run())
		var seen []string
		for _, message := range f.hooks.seen {
			if message != "the gateway was changed" && !strings.Contains(message, "App.Check") {
				seen = append(seen, message)
			}
		}
		assert.Equal(t, steps, seen)
	})
}

// TestToldToStopByUserCode tells a service to stop while its policy or its routes are made.
func TestToldToStopByUserCode(t *testing.T) {
	for name, change := range map[string]func(f *fixture) func(*service.App) (service.Server, error){
		"in the policy, which goes on": func(f *fixture) func(*service.App) (service.Server, error) {
			policy := f.config.Policy
			f.config.Policy = func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
				f.stop()
				return policy(ctx)
			}
			return nil
		},
		"in the policy, which gives up": func(f *fixture) func(*service.App) (service.Server, error) {
			f.config.Policy = func(ctx context.Context) (*core.SecurityChain, []io.Closer, error) {
				f.stop()
				<-ctx.Done()
				return nil, nil, ctx.Err()
			}
			return nil
		},
		"in the routes, which go on": func(f *fixture) func(*service.App) (service.Server, error) {
			return func(*service.App) (service.Server, error) {
				f.stop()
				return service.HTTP(f.routes), nil
			}
		},
		"in the routes, which give up": func(f *fixture) func(*service.App) (service.Server, error) {
			return func(app *service.App) (service.Server, error) {
				f.stop()
				<-app.Context().Done()
				return nil, app.Context().Err()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				build := change(f)
				if build == nil {
					build = func(*service.App) (service.Server, error) {
						assert.Fail(t, "the routes are made, although the service was told to stop")
						return service.HTTP(f.routes), nil
					}
				}
				assert.NoError(t, service.Run(f.ctx, f.config, build))
				assert.NotContains(t, f.hooks.seen, "listening")
				assert.Empty(t, f.gateway.Requests(), "the gateway is not asked")
			})
		})
	}
}

// TestToldToStopAtEachRequest tells a service to stop at its n-th request to the gateway, for every n of registering and leaving.
func TestToldToStopAtEachRequest(t *testing.T) {
	for way, fault := range map[string]func(stop func()) kongtest.Fault{
		"before it is done": func(stop func()) kongtest.Fault {
			return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				stop()
				next.ServeHTTP(w, r)
			}
		},
		"after it is done": func(stop func()) kongtest.Fault {
			return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				next.ServeHTTP(w, r)
				stop()
			}
		},
		"done, and no answer": func(stop func()) kongtest.Fault {
			return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				stop()
				kongtest.CutAfter()(w, r, next)
			}
		},
	} {
		t.Run(way, func(t *testing.T) {
			n := 1
			for ; ; n++ {
				met := false
				inVirtualTime(t, func(t *testing.T, f *fixture) {
					f.hooks.at["serving"] = f.stop // at the latest
					count := 0
					f.gateway.Inject(1, fault(func() { met = true; f.stop() }), func(*http.Request) bool {
						count++
						return count == n
					})
					began := time.Now()
					assert.NoError(t, f.run(), n)
					assert.Less(t, time.Since(began), 25*time.Second, n)
					f.gateway.Heal()
					assert.Empty(t, entities(t, f.gateway), n)
				})
				if !met {
					break
				}
			}
			assert.Greater(t, n, 15, "registering and leaving have so many requests")
			t.Logf("%d requests", n-1)
		})
	}
}

// TestRequestsInFlight has a request that is in progress when the service is told to stop. It gets its answer, whenever its
// handler ends before the time to stop.
func TestRequestsInFlight(t *testing.T) {
	for _, step := range []string{
		"leaving the gateway", "deregistered from the gateway", "serving requests that the gateway still sends", "completing requests in progress",
	} {
		t.Run(step, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				release := make(chan struct{})
				f.routes.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
					f.stop()
					<-release
					assert.NoError(t, r.Context().Err())
					_, _ = io.WriteString(w, "Hello")
				})
				answer := make(chan string, 1)
				f.hooks.at["serving"] = func() {
					go func() {
						status, body := f.get("/hello")
						answer <- fmt.Sprint(status, " ", body)
					}()
				}
				f.hooks.at[step] = func() { close(release) }
				assert.NoError(t, f.run())
				assert.Equal(t, "200 Hello", <-answer)
			})
		})
	}
}

// TestLingering has the time after the service has left: it still serves, is not ready, and is alive.
func TestLingering(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.routes.HandleFunc("/hello", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Hello") })
		f.hooks.at["serving"] = f.stop
		var began time.Time
		f.hooks.at["serving requests that the gateway still sends"] = func() {
			began = time.Now()
			assert.Empty(t, entities(t, f.gateway), "it has left")
			status, body := f.get("/hello")
			assert.Equal(t, "200 Hello", fmt.Sprint(status, " ", body))
			status, body = f.get("/healthcheck")
			assert.Equal(t, `503 {"status":"stopping"}`, fmt.Sprint(status, " ", body))
			status, _ = f.get("/healthcheck/live")
			assert.Equal(t, 200, status)
		}
		f.hooks.at["completing requests in progress"] = func() {
			assert.Equal(t, 10*time.Second, time.Since(began), "as long as the slowest node of Kong needs")
			status, _ := f.get("/hello")
			assert.Equal(t, 200, status)
		}
		assert.NoError(t, f.run())
	})
}

// TestHandlersThatDoNotEnd has requests that are in progress when the time to stop ends.
func TestHandlersThatDoNotEnd(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.routes.HandleFunc("/hello", func(_ http.ResponseWriter, r *http.Request) {
			f.stop()
			<-r.Context().Done() // the connection is closed
		})
		failed := make(chan error, 1)
		f.hooks.at["serving"] = func() {
			go func() {
				f.get("/healthcheck") // over a connection that is closed by now
				res, err := f.client.Get("http://10.0.0.7:8080/hello")
				if err == nil {
					_ = res.Body.Close()
				}
				failed <- err
			}()
		}
		began := time.Now()
		err := f.run()
		assert.ErrorIs(t, err, service.ErrStop)
		assert.ErrorContains(t, err, "the time to stop has ended: 1 connections with requests in progress were closed")
		assert.LessOrEqual(t, time.Since(began), 25*time.Second)
		assert.Empty(t, entities(t, f.gateway))
		assert.Error(t, <-failed)
	})
}
