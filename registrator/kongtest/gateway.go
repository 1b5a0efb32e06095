package kongtest

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/entity"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/live"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/proxy"
)

// Config says which gateway to be. The zero value is Kong 3.9.3 with a database, whose proxy serves at once what was
// written.
type Config struct {
	// Version is what GET / reports: "3.9.3" when empty. Versions 3.x behave as 3.9.3, all others as 2.8.5.
	Version string
	// DBLess makes the configuration read-only. Only POST /config replaces it, as a whole.
	DBLess bool
	// RouterDelay is the time until the proxy serves what was written to services, routes and upstreams, by time.Now. A real
	// gateway takes up to 10 s. Targets are always served at once.
	RouterDelay time.Duration
	// RacingTargets makes Kong 2.8 take each POST of a target as one that arrived together with the others: it keeps them
	// all, and its list of targets shows the last of them only. Without, it updates the target that it has.
	RacingTargets bool
	// Token is what every Admin request needs in the header Kong-Admin-Token. Empty: none is needed.
	Token string
	// Prefix is the path below which the Admin API is, such as "/admin-api" or "/team-a". A request for another path is
	// answered as by the route of a proxy before it. The `next` links of lists do not contain the prefix.
	Prefix string
	// NewID makes the ids of new entities: UUIDs, in lower case. nil: random ones.
	NewID func() string
	// Now is the clock of created_at and updated_at. nil: time.Now.
	Now func() time.Time
}

// Gateway is a Kong inside the process. New and Start make one, the zero value is of no use. Its methods may be called by
// many goroutines at once.
type Gateway struct {
	config Config
	v3     bool // it behaves as 3.9.3, not as 2.8.5
	nodeID string
	life   context.Context // ends with Close
	end    context.CancelFunc
	live   *live.State
	proxy  *proxy.Proxy

	mu       sync.Mutex // guards all below; nothing waits while it holds it
	store    *entity.Store
	requests []*Request
	faults   []*injected
	hash     string // of the DB-less configuration

	servers  []*http.Server
	serving  sync.WaitGroup // servers, their connections, and what they serve
	adminURL string
	proxyURL string
}

// New makes a gateway without listeners. It is used through Admin and Proxy, and closed as one that listens.
func New(config Config) *Gateway {
	if config.Version == "" {
		config.Version = "3.9.3"
	}
	if config.NewID == nil {
		config.NewID = uuid.New
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	config.Prefix = strings.TrimSuffix(config.Prefix, "/")
	if config.Prefix != "" && !strings.HasPrefix(config.Prefix, "/") {
		config.Prefix = "/" + config.Prefix
	}
	v3 := strings.HasPrefix(config.Version, "3.")
	g := &Gateway{
		config: config,
		v3:     v3,
		nodeID: uuid.New(),
		live:   live.New(v3, config.RouterDelay),
		hash:   strings.Repeat("0", 32),
	}
	g.life, g.end = context.WithCancel(context.Background())
	g.proxy = proxy.New(config.Version, v3, g.live)
	g.store = entity.New(entity.Config{
		V3: v3, ReadOnly: config.DBLess, NewID: config.NewID, Now: config.Now, Changed: g.live.Follow,
	})
	return g
}

// Start makes a gateway that listens on two loopback ports, one for the Admin API and one for the proxy. It panics when
// it cannot listen.
func Start(config Config) *Gateway {
	g := New(config)
	g.adminURL = g.listen(g.Admin()) + g.config.Prefix
	g.proxyURL = g.listen(g.Proxy())
	return g
}

func (g *Gateway) listen(handler http.Handler) string {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic("kongtest: no port to listen on: " + err.Error())
	}
	serve := func(w http.ResponseWriter, r *http.Request) {
		g.serving.Add(1) // its connection is counted too, but no longer once it is hijacked
		defer g.serving.Done()
		handler.ServeHTTP(w, r)
	}
	server := &http.Server{Handler: http.HandlerFunc(serve), ReadHeaderTimeout: time.Minute, ConnState: g.connState}
	g.servers = append(g.servers, server)
	g.serving.Go(func() { _ = server.Serve(listener) }) // it always returns an error, after Close
	return "http://" + listener.Addr().String()
}

// connState counts the connections, so that Close can wait for them.
func (g *Gateway) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		g.serving.Add(1)
	case http.StateClosed, http.StateHijacked:
		g.serving.Done()
	}
}

// whileOpen is the context of a request, until the gateway closes.
func (g *Gateway) whileOpen(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(g.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// Close cuts all connections and waits until nothing of the gateway runs. Faults that wait are ended. It may be called
// again.
func (g *Gateway) Close() {
	g.end()
	for _, server := range g.servers {
		_ = server.Close()
	}
	g.serving.Wait()
	g.proxy.Close()
}

// Proxy is the proxy. It needs no listener, but it connects to the services over the network.
func (g *Gateway) Proxy() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, done := g.whileOpen(r)
		defer done()
		g.proxy.ServeHTTP(w, r.WithContext(ctx))
	})
}

// AdminURL is the URL of the Admin API, with the prefix. It is empty without Start.
func (g *Gateway) AdminURL() string { return g.adminURL }

// ProxyURL is the URL of the proxy. It is empty without Start.
func (g *Gateway) ProxyURL() string { return g.proxyURL }
