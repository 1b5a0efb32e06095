package service_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/httpseam"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
	"github.com/microkubes/microkubes-go/service"
)

func TestMain(m *testing.M) {
	if mainOf() {
		return // this process was started as a service
	}
	for _, name := range []string{"LISTEN_ADDR", "SERVICE_HOST", "API_GATEWAY_URL", "KEYS_DIR", "JWT_ISSUER", "OAUTH2_ISSUER"} {
		_ = os.Unsetenv(name)
	}
	goleak.VerifyTestMain(m)
}

// issuer returns the issuer of all tests, since making its key takes long.
var issuer = sync.OnceValue(func() *coretest.Issuer { return coretest.NewIssuer(issuerName) })

const issuerName = "Microkubes JWT Authority"

// pipes is a listener in memory, which works in a bubble of testing/synctest.
type pipes struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes(ip string, port int) *pipes {
	return &pipes{addr: &net.TCPAddr{IP: net.ParseIP(ip), Port: port}, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return p.addr }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hooks is a slog.Handler that calls a function at each record. The steps of a service are records, so a test can do something
// in each step, before the service goes on.
type hooks struct {
	mu   sync.Mutex
	at   map[string]func()
	seen []string
	text strings.Builder
}

func (h *hooks) Enabled(context.Context, slog.Level) bool { return true }
func (h *hooks) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h *hooks) WithGroup(string) slog.Handler            { return h }

func (h *hooks) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	h.seen = append(h.seen, r.Message)
	h.text.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		h.text.WriteString(" " + a.String())
		return true
	})
	h.text.WriteString("\n")
	hook := h.at[r.Message]
	h.mu.Unlock()
	if hook != nil {
		hook()
	}
	return nil
}

func (h *hooks) logged() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// fixture is a service in memory, behind a gateway in memory.
type fixture struct {
	t       *testing.T
	gateway *kongtest.Gateway
	hooks   *hooks
	config  service.Config
	routes  *http.ServeMux
	client  *http.Client
	stop    context.CancelFunc
	ctx     context.Context
	issuer  *coretest.Issuer
	chain   *core.SecurityChain // of behindKeyAuth
}

// newFixture makes a fixture. Call close at the end.
func newFixture(t *testing.T) (f *fixture, closeAll func()) {
	t.Helper()
	f = &fixture{t: t, gateway: kongtest.New(kongtest.Config{}), hooks: &hooks{at: map[string]func(){}}, routes: http.NewServeMux(),
		issuer: issuer()}
	f.ctx, f.stop = context.WithCancel(t.Context())
	admin := newPipes("10.0.0.1", 8001)
	adminServer := &http.Server{Handler: f.gateway.Admin()}
	served := make(chan error, 1)
	go func() { served <- adminServer.Serve(admin) }()
	toAdmin := &http.Transport{DialContext: admin.dial, DisableKeepAlives: true}
	listener := newPipes("10.0.0.7", 8080)
	f.client = &http.Client{Transport: &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}}
	f.config = service.Config{
		Name: "hello-service", Paths: []string{"/hello"}, Policy: f.policy(), Listener: listener,
		GatewayURL: "http://kong:8001", Gateway: registrator.Config{Transport: toAdmin},
		Registration: registrator.Service{RemoveWhenLast: true},
		Logger:       slog.New(f.hooks),
	}
	return f, func() {
		f.stop()
		f.gateway.Close()
		_ = adminServer.Close()
		assert.ErrorIs(t, <-served, http.ErrServerClosed)
		toAdmin.CloseIdleConnections()
		f.client.CloseIdleConnections()
	}
}

// inVirtualTime runs a test in a bubble of testing/synctest, with a fixture: waiting takes no time, and no goroutine may be left.
func inVirtualTime(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f, closeAll := newFixture(t)
		defer closeAll()
		test(t, f)
	})
}

// policy accepts the tokens of the fixture's issuer.
func (f *fixture) policy() service.Policy {
	return func(context.Context) (*core.SecurityChain, []io.Closer, error) {
		store := f.issuer.Keys()
		chain, err := core.NewSecurityChain(jwt.New(store, jwt.Microkubes(f.issuer.Name)))
		return chain, []io.Closer{store}, err
	}
}

// run runs the service with the routes of the fixture.
func (f *fixture) run() error {
	return service.Run(f.ctx, f.config, func(*service.App) (service.Server, error) { return service.HTTP(f.routes), nil })
}

// get sends a request to the service, and returns the status and the body of the answer.
func (f *fixture) get(path string) (int, string) {
	f.t.Helper()
	r, err := f.client.Get("http://10.0.0.7:8080" + path)
	if !assert.NoError(f.t, err) {
		return 0, ""
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	assert.NoError(f.t, err)
	return r.StatusCode, string(body)
}

// entities returns the lists of what the gateway has.
func entities(t *testing.T, gateway *kongtest.Gateway) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, collection := range []string{"/services", "/routes", "/upstreams", "/plugins"} {
		answer := httptest.NewRecorder()
		gateway.Admin().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, collection, nil))
		require.Equal(t, http.StatusOK, answer.Code)
		if body := answer.Body.String(); !strings.Contains(body, `"data":[]`) {
			found[collection] = body
		}
	}
	return found
}

// targets returns the list of the targets of a service.
func targets(t *testing.T, gateway *kongtest.Gateway, name string) string {
	t.Helper()
	answer := httptest.NewRecorder()
	gateway.Admin().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/upstreams/"+name+".upstream/targets", nil))
	require.Equal(t, http.StatusOK, answer.Code)
	return answer.Body.String()
}

// secured guards a handler of net/http with a chain, as an adapter does.
func secured(chain *core.SecurityChain, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if ctx, ok := httpseam.Guard(chain, &seam{w, r}); ok {
			next(w, r.WithContext(ctx))
		}
	}
}

type seam struct {
	w http.ResponseWriter
	r *http.Request
}

func (s *seam) Request() *http.Request        { return s.r }
func (s *seam) Response() http.ResponseWriter { return s.w }
