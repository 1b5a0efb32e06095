package service_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

// TestGatewayThatDoesNotLetGo has gateways that fail while the service leaves. The service ends in time, and says what may be left.
func TestGatewayThatDoesNotLetGo(t *testing.T) {
	for name, fault := range map[string]kongtest.Fault{
		"hangs":          kongtest.Hang(),
		"hangs, done":    kongtest.HangAfter(),
		"does not exist": kongtest.Cut(),
		"database gone":  kongtest.Answer(500, "application/json", `{"message":"An unexpected error occurred"}`),
	} {
		for _, inFlight := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", in flight ", inFlight), func(t *testing.T) {
				inVirtualTime(t, func(t *testing.T, f *fixture) {
					answer := make(chan int, 1)
					f.routes.HandleFunc("/hello", func(http.ResponseWriter, *http.Request) {
						f.stop()
						time.Sleep(20 * time.Second) // of virtual time: longer than leaving takes
					})
					f.hooks.at["serving"] = func() {
						f.gateway.Inject(-1, fault)
						if !inFlight {
							f.stop()
							answer <- 200
							return
						}
						go func() {
							status, _ := f.get("/hello")
							answer <- status
						}()
					}
					began := time.Now()
					f.hooks.at["completing requests in progress"] = func() {
						assert.LessOrEqual(t, time.Since(began), 18*time.Second, "there is time left for the requests in progress")
					}
					err := f.run()
					assert.ErrorIs(t, err, service.ErrStop)
					assert.Contains(t, f.hooks.seen, "completing requests in progress")
					assert.ErrorContains(t, err, "hello-service did not stop cleanly: registrator: deregister hello-service")
					assert.ErrorContains(t, err, "what may be left on the gateway: target 10.0.0.7:8080")
					assert.LessOrEqual(t, time.Since(began), 25*time.Second)
					assert.Equal(t, 200, <-answer)
				})
			})
		}
	}
}

// TestRegistrationsThatFail has gateways that fail in the middle of the registration. The service does not start, and nothing of
// it is left.
func TestRegistrationsThatFail(t *testing.T) {
	refused := kongtest.Answer(400, "application/json", `{"code":2,"name":"schema violation","message":"schema violation (paths: no)"}`)
	for _, entity := range []string{"/upstreams", "/services", "/routes", "/targets"} {
		t.Run(entity, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.gateway.Inject(1, refused, func(r *http.Request) bool {
					return r.Method != http.MethodGet && r.Method != http.MethodDelete && strings.Contains(r.URL.Path, entity)
				})
				err := f.run()
				assert.ErrorIs(t, err, service.ErrStart)
				assert.NotErrorIs(t, err, service.ErrStop)
				assert.ErrorContains(t, err, "hello-service cannot start: registrator: register hello-service")
				f.gateway.Heal()
				assert.Empty(t, entities(t, f.gateway))
				assert.NotContains(t, f.hooks.seen, "serving")
			})
		})
	}
}

// TestToldToStopAndGatewayFails has a gateway that fails after the first write, when the service is told to stop. That is not a
// clean stop, since something is left.
func TestToldToStopAndGatewayFails(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.hooks.at["the gateway was changed"] = func() {
			f.gateway.Inject(-1, kongtest.Hang())
			f.stop()
		}
		began := time.Now()
		err := f.run()
		assert.ErrorIs(t, err, service.ErrStop)
		assert.NotErrorIs(t, err, service.ErrStart)
		assert.ErrorContains(t, err, "what may be left on the gateway: target 10.0.0.7:8080")
		assert.LessOrEqual(t, time.Since(began), 25*time.Second)
		time.Sleep(time.Minute) // of virtual time
	})
}

// TestGatewayThatIsLate has a gateway that is not up when the service starts. The service waits for it, and can be told to stop.
func TestGatewayThatIsLate(t *testing.T) {
	for name, told := range map[string]bool{"comes up": false, "told to stop": true} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, f *fixture) {
				f.gateway.Inject(-1, kongtest.Cut())
				time.AfterFunc(time.Minute, map[bool]func(){false: f.gateway.Heal, true: f.stop}[told])
				f.hooks.at["serving"] = f.stop
				err := f.run()
				if told { // an earlier process may have had the same address, and its target could not be removed
					assert.ErrorIs(t, err, service.ErrStop)
				} else {
					assert.NoError(t, err)
				}
				f.gateway.Heal()
				assert.Empty(t, entities(t, f.gateway))
				assert.Equal(t, !told, slices.Contains(f.hooks.seen, "serving"))
			})
		})
	}
}

// TestRepair has somebody who removes the target while the service serves. It is there again after the next check.
func TestRepair(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.hooks.at["serving"] = func() {
			f.hooks.at["serving"] = nil
			answer := httptest.NewRecorder()
			f.gateway.Admin().ServeHTTP(answer, httptest.NewRequest(http.MethodDelete, "/upstreams/hello-service.upstream", nil))
			assert.Equal(t, http.StatusNoContent, answer.Code)
			time.AfterFunc(time.Minute, func() {
				assert.Contains(t, targets(t, f.gateway, "hello-service"), "10.0.0.7:8080")
				f.stop()
			})
		}
		assert.NoError(t, f.run())
		assert.Empty(t, entities(t, f.gateway))
	})
}

// TestShortTimeToStop has less time than leaving a gateway that hangs takes.
func TestShortTimeToStop(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, f *fixture) {
		f.config.StopTimeout = 5 * time.Second
		f.hooks.at["serving"] = func() {
			f.gateway.Inject(-1, kongtest.Hang())
			f.stop()
		}
		began := time.Now()
		err := f.run()
		assert.ErrorIs(t, err, service.ErrStop)
		assert.ErrorContains(t, err, "the time to stop has ended: what may be left on the gateway: target 10.0.0.7:8080 of hello-service")
		assert.LessOrEqual(t, time.Since(began), 5*time.Second)
		time.Sleep(time.Minute) // of virtual time: the process would have ended, and the registrator gives up by itself
	})
}
