package registrator_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestWaitLiveAsksAllWorkers tests a proxy with a worker that loads the route later than the others.
func TestWaitLiveAsksAllWorkers(t *testing.T) {
	const late = 15
	var asked atomic.Int32
	connections := map[string]bool{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections[r.RemoteAddr] = true
		w.Header().Set("X-Kong-Response-Latency", "0")
		if n := asked.Add(1); n <= late && n%3 == 0 {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message":"no Route matched with those values"}`)
		}
	}))
	defer proxy.Close()
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, registrator.WaitLive(t.Context(), proxy.URL))
	})
	assert.EqualValues(t, late+10, asked.Load())
	assert.Len(t, connections, late+10, "each request over a connection of its own")
}

// TestWaitLiveOutlastsALateWorker tests a proxy one of whose workers gets all connections that come one by one. Another worker
// loads the route up to 5 seconds later, as in Kong 3.9, and nobody asks it.
func TestWaitLiveOutlastsALateWorker(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Via", "kong/3.9.3") }))
	defer proxy.Close()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.NoError(t, registrator.WaitLive(t.Context(), proxy.URL))
		assert.Greater(t, time.Since(began), 5*time.Second)
	})
}

func TestWaitLiveTakesAnyAnswerOfTheRoute(t *testing.T) {
	for _, header := range [][2]string{
		{"Via", "1.1 kong/3.9.3"}, {"Via", "kong/2.8.5"}, {"X-Kong-Response-Latency", "0"}, {"X-Kong-Proxy-Latency", "1"},
	} {
		for _, status := range []int{200, 302, 401, 404, 426, 502, 503} {
			assert.NoError(t, inNoTime(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(header[0], header[1])
				w.WriteHeader(status)
			}), "%d", status)
		}
	}
}

func waitFor(ctx context.Context, t *testing.T, answer http.HandlerFunc) error {
	t.Helper()
	proxy := httptest.NewServer(answer)
	defer proxy.Close()
	return registrator.WaitLive(ctx, proxy.URL)
}

// inNoTime is waitFor without a limit, in virtual time.
func inNoTime(t *testing.T, answer http.HandlerFunc) (err error) {
	t.Helper()
	proxy := httptest.NewServer(answer)
	defer proxy.Close()
	synctest.Test(t, func(t *testing.T) { err = registrator.WaitLive(t.Context(), proxy.URL) })
	return err
}

// forAnswers returns a context for a Probe. It ends after n requests, when the next connection is begun, however long they take.
func forAnswers(t *testing.T, n int32) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	var begun atomic.Int32
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{ConnectStart: func(string, string) {
		if begun.Add(1) > n {
			cancel()
		}
	}})
}

// TestWaitLiveTakesNobodyElsesAnswer tests other servers in place of the proxy.
func TestWaitLiveTakesNobodyElsesAnswer(t *testing.T) {
	for _, status := range []int{200, 400, 404, 502, 503} {
		err := waitFor(forAnswers(t, 2), t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Server", "nginx")
			w.WriteHeader(status)
		})
		require.ErrorIs(t, err, registrator.ErrUnavailable, "%d", status)
		assert.ErrorContains(t, err, "no header of Kong's proxy")
	}
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	require.ErrorIs(t, registrator.WaitLive(forAnswers(t, 2), k.AdminURL()), registrator.ErrUnavailable, "the Admin API")
}

func TestWaitLiveSaysWhatIsWrong(t *testing.T) {
	for _, url := range []string{"", "http://a b/", "localhost:8000/hello", "ftp://kong/hello", "http:///hello"} {
		assert.ErrorIs(t, registrator.WaitLive(t.Context(), url), registrator.ErrInvalid, url)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := registrator.WaitLive(ctx, "http://127.0.0.1:1/?token=secret")
	assert.ErrorIs(t, err, registrator.ErrUnavailable)
	assert.ErrorIs(t, err, context.Canceled)
	assert.NotContains(t, err.Error(), "secret")
}

// TestProbeAsksForWhatTheRouteHas tests routes that a GET request for their path does not match.
func TestProbeAsksForWhatTheRouteHas(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		host, port := backend(t, "hello")
		var probes []registrator.Probe
		for name, c := range map[string]struct {
			change func(*service)
			probe  registrator.Probe
		}{
			"a method":        {func(s *service) { s.Methods = []string{"POST"} }, registrator.Probe{Method: "POST"}},
			"HEAD":            {func(s *service) { s.Methods = []string{"HEAD"} }, registrator.Probe{Method: "HEAD"}},
			"a header":        {func(s *service) { s.Headers = map[string][]string{"x-version": {"2"}} }, registrator.Probe{Header: http.Header{"X-Version": {"2"}}}},
			"a host":          {func(s *service) { s.Hosts = []string{"a.example.com"} }, registrator.Probe{Host: "a.example.com"}},
			"a wildcard host": {func(s *service) { s.Hosts = []string{"*.example.com"} }, registrator.Probe{Host: "b.example.com"}},
			"nothing":         {func(*service) {}, registrator.Probe{}},
		} {
			s := g.hello()
			s.Host, s.Port = host, port
			c.change(&s)
			c.probe.URL = g.proxy + s.Paths[0]
			require.ErrorIs(t, c.probe.Wait(forAnswers(t, 1)), registrator.ErrUnavailable, "%s: before", name)
			require.NoError(t, g.kong().Register(soon(t), s), name)
			probes = append(probes, c.probe)
		}
		var wait sync.WaitGroup
		for _, p := range probes {
			wait.Go(func() { assert.NoError(t, p.Wait(soon(t)), "%+v", p) })
		}
		wait.Wait()
	})
}

func TestProbeOfAPrivateCA(t *testing.T) {
	a := newAuthority(t)
	k := kongtest.New(kongtest.Config{})
	t.Cleanup(k.Close)
	server := httptest.NewUnstartedServer(k.Proxy())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{a.issue("server", nil)}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	require.NoError(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), hello()))

	config, err := registrator.TLSFiles(a.file("ca.pem"), "", "")
	require.NoError(t, err)
	require.NoError(t, registrator.Probe{URL: server.URL + "/hello", TLS: config}.Wait(soon(t)))
	err = registrator.WaitLive(forAnswers(t, 2), server.URL+"/hello")
	require.ErrorIs(t, err, registrator.ErrUnavailable)
	assert.ErrorContains(t, err, "Probe.TLS")
	err = registrator.Probe{URL: server.URL, TLS: &tls.Config{InsecureSkipVerify: true}}.Wait(t.Context())
	require.ErrorIs(t, err, registrator.ErrInvalid)
	assert.ErrorContains(t, err, "must verify")
}

func TestProbeRepeatsNoSecret(t *testing.T) {
	assert.ErrorIs(t, registrator.Probe{URL: "http://127.0.0.1:1", Method: "a b"}.Wait(t.Context()), registrator.ErrInvalid)
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { // it is not HTTP, and repeats what it is sent
		for {
			c, err := proxy.Accept()
			if err != nil {
				return
			}
			buffer := make([]byte, 4096)
			n, _ := c.Read(buffer)
			_, value, _ := bytes.Cut(buffer[:n], []byte("Apikey"))
			_, _ = c.Write(append([]byte("Apikey"), value...))
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = proxy.Close() })
	err = registrator.Probe{URL: "http://" + proxy.Addr().String(), Header: http.Header{"Apikey": {"s3cret-of-a-client"}}}.Wait(forAnswers(t, 2))
	require.ErrorIs(t, err, registrator.ErrUnavailable)
	assert.NotContains(t, err.Error(), "s3cret")
}

// TestHEADHasNoText tests answers to HEAD, which have no text that tells Kong's own 404.
func TestHEADHasNoText(t *testing.T) {
	for header, live := range map[string]bool{"X-Kong-Response-Latency": false, "Via": true} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(header, "1.1 kong/3.9.3")
			w.WriteHeader(http.StatusNotFound)
		}))
		ctx := soon(t)
		if !live {
			ctx = forAnswers(t, 2)
		}
		err := registrator.Probe{URL: proxy.URL, Method: http.MethodHead}.Wait(ctx)
		assert.Equal(t, live, err == nil, "%s: %v", header, err)
		proxy.Close()
	}
}
