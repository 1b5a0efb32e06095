package service_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/registrator"
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
//
// On a real gateway, which KONG_ADMIN_URL and KONG_PROXY_URL name, instances linger by the clock, as long as in production. On
// kongtest only the first long run does; otherwise an instance lingers until the requests that may be on their way to it have
// their answers, whatever time that takes on the machine of the test.
func TestRollingRestart(t *testing.T) {
	runs, requests := 1, int64(300)
	long := os.Getenv("MICROKUBES_LONG") == "1"
	if long {
		runs, requests = 20, 10_000
	}
	t.Run("kongtest", func(t *testing.T) {
		for run := range runs {
			t.Run(fmt.Sprint(run), func(t *testing.T) {
				gateway := kongtest.Start(kongtest.Config{})
				defer gateway.Close()
				newRolling(t, gateway.AdminURL(), gateway.ProxyURL(), long && run == 0).restart(requests)
				assert.Empty(t, entities(t, gateway))
			})
		}
	})
	t.Run("real", func(t *testing.T) {
		admin, proxy := os.Getenv("KONG_ADMIN_URL"), os.Getenv("KONG_PROXY_URL")
		if admin == "" || proxy == "" {
			t.Skip("KONG_ADMIN_URL and KONG_PROXY_URL name no real gateway")
		}
		for run := range runs {
			t.Run(fmt.Sprint(run), func(t *testing.T) {
				r := newRolling(t, strings.TrimRight(admin, "/"), strings.TrimRight(proxy, "/"), true)
				r.restart(requests)
				assert.NotContains(t, r.registered(), r.name, "what is left on the gateway")
			})
		}
	})
}

// rolling is one rolling restart of a service that nobody else has on the gateway.
type rolling struct {
	t            *testing.T
	admin, proxy string // URLs of the gateway
	name         string
	byClock      bool         // wait by the clock after an instance has left
	sending      sync.RWMutex // held for reading while a request is on its way

	changed     *sync.Cond // done has changed
	done        int64      // requests
	lost, wrong []string   // answers other than 200, and with the name of another client
}

func newRolling(t *testing.T, admin, proxy string, byClock bool) *rolling {
	return &rolling{t: t, admin: admin, proxy: proxy, name: fmt.Sprintf("mkgo-%08x", rand.Uint32()), byClock: byClock,
		changed: sync.NewCond(new(sync.Mutex))}
}

// restart replaces the instances while the clients send so many requests.
func (r *rolling) restart(requests int64) {
	running := []func(){r.start()}
	live, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	require.NoError(r.t, registrator.WaitLive(live, r.proxy+"/"+r.name))
	for range instances - 1 {
		running = append(running, r.start())
	}
	ctx, stop := context.WithCancel(r.t.Context())
	var working sync.WaitGroup
	for n := range clients {
		working.Go(func() { r.send(ctx, fmt.Sprint("client-", n)) })
	}
	for n, stopOld := range running {
		r.until(requests * int64(n+1) / (instances + 1))
		running[n] = r.start()
		stopOld()
	}
	r.until(requests)
	stop()
	working.Wait()
	for _, stop := range running {
		working.Go(stop)
	}
	working.Wait()
	r.t.Logf("%d requests, %d lost, %d with a wrong identity", r.done, len(r.lost), len(r.wrong))
	assert.Empty(r.t, r.lost[:min(10, len(r.lost))], "lost")
	assert.Empty(r.t, r.wrong[:min(10, len(r.wrong))], "wrong identity")
}

// until waits for requests to be done.
func (r *rolling) until(n int64) {
	r.changed.L.Lock()
	defer r.changed.L.Unlock()
	for r.done < n {
		r.changed.Wait()
	}
}

// start starts an instance, and returns when it serves. stop tells it to stop, and returns when it has ended.
func (r *rolling) start() (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	serving, ended := make(chan struct{}), make(chan error, 1)
	hooks := &hooks{at: map[string]func(){"serving": func() { close(serving) }}}
	config := service.Config{
		Name: r.name, Paths: []string{"/" + r.name}, Address: "127.0.0.1:0", GatewayURL: r.admin,
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
				_, _ = io.Copy(io.Discard, r.Body)
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

// send sends requests as a client of that name, until ctx ends: GET and POST in turn. Kong does not send a POST again that it has
// begun to send to an instance.
func (r *rolling) send(ctx context.Context, name string) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	header := coretest.Bearer(issuer().Microkubes(coretest.Claims{"username": name}))
	for n := 0; ctx.Err() == nil; n++ {
		method := []string{http.MethodGet, http.MethodPost}[n%2]
		status, body, err := r.request(client, method, header)
		got := fmt.Sprint(time.Now().Format(time.StampMilli), " ", method, " ", status, " ", body, " ", err)
		r.changed.L.Lock()
		r.done++
		switch {
		case err != nil || status != http.StatusOK:
			r.lost = append(r.lost, got)
		case body != name:
			r.wrong = append(r.wrong, got)
		}
		r.changed.L.Unlock()
		r.changed.Broadcast()
	}
}

func (r *rolling) request(client *http.Client, method string, header http.Header) (status int, body string, err error) {
	r.sending.RLock()
	defer r.sending.RUnlock()
	var payload io.Reader
	if method == http.MethodPost {
		payload = strings.NewReader("hello")
	}
	request, err := http.NewRequest(method, r.proxy+"/"+r.name, payload)
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

// registered returns the list of what the gateway has of the service.
func (r *rolling) registered() string {
	answer, err := http.Get(r.admin + "/tags/registered:" + r.name)
	require.NoError(r.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(r.t, err)
	require.Equal(r.t, http.StatusOK, answer.StatusCode, string(text))
	http.DefaultClient.CloseIdleConnections()
	return string(text)
}
