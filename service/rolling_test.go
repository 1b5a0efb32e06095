package service_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

// instances is how many instances of the service run in a rolling restart, and clients is how many clients send requests meanwhile.
const (
	instances = 3
	clients   = 4
)

// TestRollingRestart replaces each of three instances in turn while clients send requests through the gateway, each with its
// own token. No request is lost, and every client gets its own name. With MICROKUBES_LONG=1 there are 20 runs of 10,000 requests.
// The first one then waits by the clock, as long as in production; otherwise an instance lingers until the requests that may be
// on their way to it have their answers, whatever time that takes on the machine of the test.
func TestRollingRestart(t *testing.T) {
	runs, requests := 1, int64(300)
	long := os.Getenv("MICROKUBES_LONG") == "1"
	if long {
		runs, requests = 20, 10_000
	}
	for run := range runs {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			r := &rolling{t: t, gateway: kongtest.Start(kongtest.Config{}), changed: sync.NewCond(new(sync.Mutex))}
			r.byClock = long && run == 0
			defer r.gateway.Close()
			r.restart(requests)
		})
	}
}

// rolling is one rolling restart.
type rolling struct {
	t        *testing.T
	gateway  *kongtest.Gateway
	byClock  bool         // wait by the clock after an instance has left
	sending  sync.RWMutex // held for reading while a request is on its way
	answered int64
	changed  *sync.Cond // answered has changed, or a client has given up
}

// restart replaces the instances while the clients send so many requests.
func (r *rolling) restart(requests int64) {
	var old []func()
	for range instances {
		old = append(old, r.start())
	}
	ctx, stop := context.WithCancel(r.t.Context())
	var working sync.WaitGroup
	for n := range clients {
		working.Go(func() { r.send(ctx, fmt.Sprint("client-", n)) })
	}
	for n, stopOld := range old {
		r.until(requests * int64(n+1) / (instances + 1))
		old[n] = r.start()
		stopOld()
	}
	r.until(requests)
	stop()
	working.Wait()
	r.t.Logf("%d requests", r.answered)
	for _, stop := range old {
		stop()
	}
	assert.Empty(r.t, entities(r.t, r.gateway))
}

// until waits for answers.
func (r *rolling) until(n int64) {
	r.changed.L.Lock()
	defer r.changed.L.Unlock()
	for r.answered < n && !r.t.Failed() {
		r.changed.Wait()
	}
}

// start starts an instance, and returns when it serves. stop tells it to stop, and returns when it has ended.
func (r *rolling) start() (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	serving, ended := make(chan struct{}), make(chan error, 1)
	hooks := &hooks{at: map[string]func(){"serving": func() { close(serving) }}}
	config := service.Config{
		Name: "hello-service", Paths: []string{"/hello"}, Address: "127.0.0.1:0", GatewayURL: r.gateway.AdminURL(),
		Policy: (&fixture{issuer: issuer()}).policy(), Logger: slog.New(hooks), Linger: time.Nanosecond,
	}
	config.Registration.RemoveWhenLast = true
	if r.byClock {
		config.Linger = 0 // the default
	} else {
		hooks.at["serving requests that the gateway still sends"] = func() {
			r.sending.Lock() // requests that begin later are not sent to this instance any more
			defer r.sending.Unlock()
		}
	}
	go func() {
		ended <- service.Run(ctx, config, func(app *service.App) (service.Server, error) {
			return service.HTTP(secured(app.Chain, func(w http.ResponseWriter, r *http.Request) {
				auth, _ := core.AuthFrom(r.Context())
				_, _ = io.WriteString(w, auth.Username())
			})), nil
		})
	}()
	select {
	case <-serving:
	case err := <-ended:
		require.NoError(r.t, err)
	}
	return func() {
		cancel()
		assert.NoError(r.t, <-ended)
	}
}

// send sends requests as a client of that name, until ctx ends.
func (r *rolling) send(ctx context.Context, name string) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	defer func() {
		r.changed.L.Lock()
		defer r.changed.L.Unlock()
		r.changed.Broadcast()
	}()
	header := coretest.Bearer(issuer().Microkubes(coretest.Claims{"username": name}))
	for ctx.Err() == nil && !r.t.Failed() {
		status, body, err := r.request(client, header)
		if !assert.NoError(r.t, err) || !assert.Equal(r.t, "200 "+name, fmt.Sprint(status, " ", body)) {
			return
		}
		r.changed.L.Lock()
		r.answered++
		r.changed.L.Unlock()
		r.changed.Broadcast()
	}
}

func (r *rolling) request(client *http.Client, header http.Header) (status int, body string, err error) {
	r.sending.RLock()
	defer r.sending.RUnlock()
	request, err := http.NewRequest(http.MethodGet, r.gateway.ProxyURL()+"/hello", nil)
	if err != nil {
		return 0, "", err
	}
	request.Header = header
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}
