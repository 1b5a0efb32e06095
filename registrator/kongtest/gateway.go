package kongtest

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/access"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/admin"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/live"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/proxy"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// Config describes a gateway. The zero value is Kong 3.9.3 with a database, whose proxy serves writes at once.
type Config struct {
	// Version is what GET / reports: "3.9.3" if empty. Versions 3.x behave as 3.9.3, all others as 2.8.5.
	Version string
	// DBLess makes the configuration read-only. Only POST /config replaces it, as a whole.
	DBLess bool
	// RouterDelay is the time, by time.Now, until the proxy serves writes to services, routes, plugins and upstreams. A real
	// gateway takes up to 10 s. Targets are always served at once.
	RouterDelay time.Duration
	// RacingTargets makes Kong 2.8 treat each POST of a target as simultaneous with the others: it stores them all, and its
	// list of targets shows only the last. Without RacingTargets, it updates the existing target.
	RacingTargets bool
	// Token is the value that every Admin request must have in the header Kong-Admin-Token. Empty: no token is required.
	Token string
	// Prefix is the path of the Admin API, such as "/admin-api" or "/team-a". A request for another path gets the answer of
	// a proxy in front of the Admin API. The `next` links of lists do not contain the prefix.
	Prefix string
	// Consumers are the consumers of the gateway. If there are any, the proxy enforces jwt, key-auth, basic-auth, oauth2 and acl,
	// and tells services who the consumer is. Otherwise it enforces no plugin. The Admin API does not show them.
	Consumers []Consumer
	// NewID returns the id of a new entity, a UUID in lower case. nil: ids are random.
	NewID func() string
	// Now is the clock of created_at and updated_at. nil: time.Now.
	Now func() time.Time
}

// Consumer is a consumer of a gateway with its credentials. A real gateway gets them over its Admin API.
type Consumer struct {
	ID       string   // a UUID in lower case; empty: random
	Username string   // empty: the consumer has a CustomID only
	CustomID string   // the id of the consumer elsewhere
	Groups   []string // for acl

	Keys      []string          // for key-auth: the API keys
	Secrets   map[string]string // for jwt: the secret for HS256 by the key of the credential, which is the issuer of the token
	Passwords map[string]string // for basic-auth: the password by user name
	Tokens    map[string]string // for oauth2: the client_id by access token
}

// Gateway is a Kong gateway inside the process, made by New or Start. It is safe for concurrent use.
type Gateway struct {
	config Config
	ctx    context.Context // canceled by Close
	cancel context.CancelFunc
	admin  *admin.API
	proxy  *proxy.Proxy

	log    requestLog
	faults faultQueue

	servers  []*http.Server
	serving  sync.WaitGroup // servers, their connections, and requests in progress
	adminURL string
	proxyURL string
}

// New returns a gateway without listeners. Use it through Admin and Proxy, and call Close when done.
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
	state := live.New(v3, config.RouterDelay)
	g := &Gateway{config: config, proxy: proxy.New(config.Version, v3, state, phaseOf(config.Consumers, v3))}
	g.admin = admin.New(admin.Config{
		Version: config.Version, V3: v3, DBLess: config.DBLess, RacingTargets: config.RacingTargets,
		Token: config.Token, Prefix: config.Prefix, NewID: config.NewID, Now: config.Now, Requests: g.log.count,
	}, state)
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

// phaseOf returns the plugins that the proxy enforces, or nil if it enforces none.
func phaseOf(consumers []Consumer, v3 bool) *access.Phase {
	if len(consumers) == 0 {
		return nil
	}
	all := make([]access.Consumer, len(consumers))
	for i, c := range consumers {
		all[i] = access.Consumer(c)
	}
	return access.New(all, v3)
}

// Start returns a gateway that listens on two loopback ports, one for the Admin API and one for the proxy. It panics if it
// cannot listen.
func Start(config Config) *Gateway {
	g := New(config)
	g.adminURL = g.listen(g.Admin()) + g.config.Prefix
	g.proxyURL = g.listen(g.Proxy())
	return g
}

// Admin returns the handler of the Admin API. It checks the token and the prefix, logs requests and applies faults. It needs no
// listener.
func (g *Gateway) Admin() http.Handler { return http.HandlerFunc(g.serveAdmin) }

// serveAdmin logs a request and handles it. If a fault applies to the request, the fault handles it instead.
func (g *Gateway) serveAdmin(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler) // the client has disconnected
		}
	}
	entry := g.log.add(r, body)
	seen := &statusWriter{ResponseWriter: w}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if fault := g.faults.take(r); fault != nil {
		ctx, done := g.whileOpen(r)
		defer done()
		fault(seen, r.WithContext(ctx), g.admin)
	} else {
		g.admin.ServeHTTP(seen, r)
	}
	if seen.status == 0 {
		seen.status = http.StatusOK
	}
	g.log.answered(entry, seen.status)
}

// Proxy returns the handler of the proxy. It needs no listener, but it connects to the services over the network.
func (g *Gateway) Proxy() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, done := g.whileOpen(r)
		defer done()
		g.proxy.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Requests returns copies of all Admin requests since the gateway was made, or since the last Forget, in order of arrival.
func (g *Gateway) Requests() []Request { return g.log.list(func(*Request) bool { return true }) }

// Writes returns those of Requests that may change something: all but GET, HEAD and OPTIONS.
func (g *Gateway) Writes() []Request { return g.log.list((*Request).mayWrite) }

// Forget removes all requests from the log.
func (g *Gateway) Forget() { g.log.forget() }

// Inject makes f handle the next times Admin requests, or all of them until Heal if times is negative. If times is 0, Inject
// does nothing. If only is given, f handles and counts only the requests for which all these functions return true. They must
// not read the body. If several faults apply to a request, the one that was injected first handles it, and no other.
func (g *Gateway) Inject(times int, f Fault, only ...func(*http.Request) bool) {
	if times != 0 {
		g.faults.add(&injected{times, f, only})
	}
}

// Heal removes all faults. It does not affect requests in progress.
func (g *Gateway) Heal() { g.faults.heal() }

func (g *Gateway) listen(handler http.Handler) string {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic("kongtest: cannot listen on the loopback interface: " + err.Error())
	}
	serve := func(w http.ResponseWriter, r *http.Request) {
		g.serving.Add(1) // connState stops counting the connection when it is hijacked
		defer g.serving.Done()
		handler.ServeHTTP(w, r)
	}
	server := &http.Server{Handler: http.HandlerFunc(serve), ReadHeaderTimeout: time.Minute, ConnState: g.connState}
	g.servers = append(g.servers, server)
	g.serving.Go(func() { _ = server.Serve(listener) }) // Serve always returns an error, after Close
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

// whileOpen returns the context of r, which is also canceled when the gateway closes.
func (g *Gateway) whileOpen(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(g.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// Close closes all connections, cancels faults that are waiting, and waits for requests in progress to end. It is idempotent.
func (g *Gateway) Close() {
	g.cancel()
	for _, server := range g.servers {
		_ = server.Close()
	}
	g.serving.Wait()
	g.proxy.Close()
}

// AdminURL returns the URL of the Admin API, with the prefix. It is empty without Start.
func (g *Gateway) AdminURL() string { return g.adminURL }

// ProxyURL returns the URL of the proxy. It is empty without Start.
func (g *Gateway) ProxyURL() string { return g.proxyURL }
