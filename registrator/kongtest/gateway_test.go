package kongtest_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

func TestToken(t *testing.T) {
	k := newTester(t, kongtest.Config{Token: "secret"})
	for _, token := range []string{"", "wrong"} {
		k.wantJSON(401, `{"message":"Invalid credentials. Token or User credentials required"}`, "GET /services", "Kong-Admin-Token", token)
	}
	k.want(200, "GET /services", "Kong-Admin-Token", "secret")
	assert.Len(t, k.Requests(), 3, "refused requests are in the log")
}

func TestPrefix(t *testing.T) {
	for _, prefix := range []string{"/admin-api", "admin-api/"} {
		k := newTester(t, kongtest.Config{Prefix: prefix})
		for _, path := range []string{"/services", "/", "/admin-apis/services", "/other/admin-api"} {
			k.wantJSON(404, `{"message":"no Route matched with those values"}`, "GET "+path)
		}
		k.want(200, "GET /admin-api")
		k.want(200, "GET /admin-api/services")
		k.wantJSON(404, `{"message":"Not found"}`, "GET /admin-api/nope")
	}
}

func TestLog(t *testing.T) {
	k := newTester(t, kongtest.Config{Prefix: "/p"})
	k.want(200, `PUT /p/services/s?x=y {"host":"h"}`, "X-Mine", "1")
	k.want(404, "GET /p/services/a.b%7E")
	k.want(200, "HEAD /p/services/s")
	all := k.Requests()
	require.Len(t, all, 3)
	assert.Equal(t, "PUT", all[0].Method)
	assert.Equal(t, "/p/services/s", all[0].Path)
	assert.Equal(t, "x=y", all[0].Query)
	assert.Equal(t, "1", all[0].Header.Get("X-Mine"))
	assert.JSONEq(t, `{"host":"h"}`, string(all[0].Body))
	assert.Equal(t, 200, all[0].Status)
	assert.Equal(t, "/p/services/a.b%7E", all[1].Path, "the path is logged as sent")
	assert.Equal(t, 404, all[1].Status)
	k.want(204, "OPTIONS /p/services/s")
	assert.Len(t, k.Writes(), 1)
	all[0].Header.Set("X-Mine", "2")
	all[0].Body[0] = 'x'
	assert.Equal(t, "1", k.Requests()[0].Header.Get("X-Mine"), "Requests returns copies")
	assert.Equal(t, byte('{'), k.Requests()[0].Body[0])
	k.Forget()
	assert.Empty(t, k.Requests())
}

func TestNewIDAndNow(t *testing.T) {
	ids := []string{idA, idB, "c0000000-0000-4000-8000-00000000000c", "d0000000-0000-4000-8000-00000000000d"}
	next := 0
	k := newTester(t, kongtest.Config{
		NewID: func() string { next++; return ids[next-1] },
		Now:   func() time.Time { return time.UnixMilli(1500000000123) },
	})
	k.want(400, `PUT /services/s {}`)
	k.wantJSON(200, `{"id":"`+idA+`","created_at":1500000000,"updated_at":1500000000}`, `PUT /services/s {"host":"h"}`)
	k.want(200, `PUT /services/s {"host":"h"}`)
	k.want(409, `POST /services {"name":"s","host":"h"}`)
	k.wantJSON(200, `{"id":"`+idB+`"}`, `PUT /upstreams/u {}`)
	target := k.ask(`POST /upstreams/u/targets {"target":"a.b"}`).Body.String()
	assert.Contains(t, target, `"id":"`+ids[2]+`"`)
	assert.Contains(t, target, `"created_at":1500000000.123,`, "Kong writes times without an exponent")
	k.wantJSON(201, `{"id":"`+ids[3]+`"}`, `POST /services/s/plugins {"name":"cors"}`)
}

// TestRaces sends 30 requests at once. The results are those of real gateways.
func TestRaces(t *testing.T) {
	for _, version := range versions {
		k := newTester(t, kongtest.Config{Version: version})
		k.want(200, `PUT /services/base {"host":"h"}`)
		k.want(200, `PUT /upstreams/base {}`)
		targets := map[int]int{201: 1, 409: 29}
		if version == "2.8.5" {
			targets = map[int]int{201: 1, 200: 29}
		}
		for request, want := range map[string]map[int]int{
			`PUT /services/s {"host":"h"}`:                            {200: 30},
			`PUT /routes/r {"paths":["/"],"service":{"name":"base"}}`: {200: 30},
			`PUT /upstreams/u {}`:                                     {200: 30},
			`POST /services {"name":"p","host":"h"}`:                  {201: 1, 409: 29},
			`POST /services/base/plugins {"name":"cors"}`:             {201: 1, 409: 29},
			`POST /upstreams/base/targets {"target":"10.0.0.1:1"}`:    targets,
		} {
			got := map[int]int{}
			var mu sync.Mutex
			var all sync.WaitGroup
			for range 30 {
				all.Go(func() {
					status := k.ask(request).Code
					mu.Lock()
					defer mu.Unlock()
					got[status]++
				})
			}
			all.Wait()
			assert.Equal(t, want, got, "%s %s", version, request)
		}
		assert.Len(t, k.want(200, "GET /services")["data"], 3)
		assert.Len(t, k.want(200, "GET /routes")["data"], 1)
		assert.Len(t, k.want(200, "GET /upstreams/base/targets/all")["data"], 1)
	}
}

func TestStart(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{Prefix: "/p"})
	defer gateway.Close()
	assert.True(t, strings.HasSuffix(gateway.AdminURL(), "/p"))
	assert.NotEqual(t, gateway.AdminURL(), gateway.ProxyURL()+"/p")
	body := fetch(t, gateway.AdminURL()+"/services")
	assert.JSONEq(t, `{"data":[],"next":null}`, body)
	gateway.Close()
	answer, err := http.Get(gateway.AdminURL() + "/services")
	if err == nil { // of another program, which has the port by now
		_ = answer.Body.Close()
		assert.NotContains(t, answer.Header, "X-Kong-Admin-Latency")
	}
	without := kongtest.New(kongtest.Config{})
	assert.Empty(t, without.AdminURL()+without.ProxyURL())
	without.Close()
	without.Close()
}

// TestCloseWaits calls Close several times while a request is in progress.
func TestCloseWaits(t *testing.T) {
	gateway := kongtest.Start(kongtest.Config{})
	arrived := make(chan struct{})
	var ended atomic.Bool
	gateway.Inject(1, func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		close(arrived)
		<-r.Context().Done()
		time.Sleep(20 * time.Millisecond)
		ended.Store(true)
		panic(http.ErrAbortHandler)
	})
	var all sync.WaitGroup
	all.Go(func() {
		answer, err := http.Get(gateway.AdminURL() + "/")
		if assert.Error(t, err) {
			return
		}
		_ = answer.Body.Close()
	})
	<-arrived
	for range 3 {
		all.Go(func() {
			gateway.Close()
			assert.True(t, ended.Load())
		})
	}
	all.Wait()
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body)
}

func TestNothingLeaks(t *testing.T) {
	client := &http.Client{Transport: &http.Transport{}}
	before := goleak.IgnoreCurrent()
	gateway := kongtest.Start(kongtest.Config{})
	ask := func(ctx context.Context, method, url, body string) error {
		request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(request)
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		return err
	}
	ctx := t.Context()
	target := strings.TrimPrefix(gateway.AdminURL(), "http://")
	require.NoError(t, ask(ctx, "PUT", gateway.AdminURL()+"/services/s", `{"url":"http://`+target+`/status"}`))
	require.NoError(t, ask(ctx, "PUT", gateway.AdminURL()+"/services/s/routes/r", `{"paths":["/s"]}`))
	require.NoError(t, ask(ctx, "GET", gateway.ProxyURL()+"/s", ""))
	gateway.Inject(1, kongtest.Cut())
	require.Error(t, ask(ctx, "PUT", gateway.AdminURL()+"/services/s", "{}"))
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	gateway.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		cancel() // not before the request is here
		kongtest.Hang()(w, r, next)
	})
	require.Error(t, ask(short, "GET", gateway.AdminURL()+"/", ""), "the client gives up")
	var hung sync.WaitGroup
	for _, url := range []string{gateway.AdminURL() + "/", gateway.ProxyURL() + "/s", gateway.AdminURL() + "/routes"} {
		hung.Go(func() { _ = ask(ctx, "GET", url, "") })
	}
	require.Eventually(t, func() bool { return len(gateway.Requests()) >= 8 }, time.Minute, time.Millisecond)
	gateway.Close()
	hung.Wait()
	client.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}
