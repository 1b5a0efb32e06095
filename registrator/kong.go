package registrator

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Config has what differs from the defaults; its zero value is good for an Admin API that is protected by its network.
type Config struct {
	// Token authenticates at the Admin API: see [TokenString], [TokenFile]. It is asked before each attempt, so it may
	// change. It is sent in TokenHeader, "Kong-Admin-Token" by default, as Kong Enterprise has it; a key-auth plugin in
	// front of the Admin API takes "apikey".
	Token       Token
	TokenHeader string

	// TLS has the CA and the client certificate for an https address: see [TLSFiles]. Nil trusts the system's CAs.
	// InsecureSkipVerify is refused.
	TLS *tls.Config
	// Transport sends the requests instead of this package's own, which uses no proxy. TLS is then its business.
	Transport http.RoundTripper

	// AttemptTimeout bounds one attempt, 6 seconds by default. A Kong with a frozen database answers after 5, or never.
	AttemptTimeout time.Duration
	// Timeout bounds a whole call with its retries, 2 minutes by default: so long may the gateway be down while the
	// service starts. The context may end it sooner. A write that is under way then may last up to 3 seconds more.
	Timeout time.Duration
	// CheckEvery is how often Run looks at the gateway, 30 seconds by default, each time a fifth more or less.
	CheckEvery time.Duration

	// Logger gets what is written and what goes wrong; [slog.Default] by default.
	Logger *slog.Logger
}

// DefaultAdminURL is the address where neither NewKong nor API_GATEWAY_URL gives one.
const DefaultAdminURL = "http://localhost:8001"

// Kong is the [Registrator] for Kong Gateway, by its Admin API. It keeps no state of the gateway, holds no connection
// between calls, and is safe for concurrent use.
type Kong struct {
	client *client
	config Config
}

var _ Registrator = (*Kong)(nil)

// NewKong makes a registrator for the gateway whose Admin API is at adminURL; empty means the environment variable
// API_GATEWAY_URL, and [DefaultAdminURL] where that is empty too. The variable has the address alone, without quotation marks
// and without white space. The address may have a path, as behind a proxy or for
// a workspace, which every call keeps; a userinfo, sent as Basic authentication; and a query, sent with each call.
// Nothing is sent yet. The error is an [*Error] with [ErrInvalid].
func NewKong(adminURL string, config Config) (*Kong, error) {
	address := gatewayAddress(adminURL)
	base, err := address.parse()
	if err == nil {
		config, err = config.complete()
	}
	if err != nil {
		err.Op = "configure"
		return nil, err
	}
	secret := config.Token != nil || base.User != nil || base.RawQuery != ""
	if host := base.Hostname(); secret && base.Scheme == "http" && !isLoopback(host) {
		config.Logger.Warn("what authenticates at the gateway goes there without TLS", "host", host)
	}
	return &Kong{newClient(base, address.origin, config), config}, nil
}

// complete fills in the defaults and refuses what is unsafe.
func (c Config) complete() (Config, *Error) {
	for _, d := range []struct {
		name      string
		value     *time.Duration
		otherwise time.Duration
	}{
		{"AttemptTimeout", &c.AttemptTimeout, 6 * time.Second},
		{"Timeout", &c.Timeout, 2 * time.Minute},
		{"CheckEvery", &c.CheckEvery, 30 * time.Second},
	} {
		switch {
		case *d.value < 0:
			return c, invalid("Config.%s must not be negative", d.name)
		case *d.value == 0:
			*d.value = d.otherwise
		}
	}
	switch {
	case c.TLS != nil && c.TLS.InsecureSkipVerify:
		return c, invalid("Config.TLS must verify the gateway's certificate: give its CA in RootCAs")
	case c.TLS != nil && c.Transport != nil:
		return c, invalid("Config has a TLS and a Transport: put the first into the second")
	case c.TokenHeader != "" && !isToken(c.TokenHeader) || framing[http.CanonicalHeaderKey(c.TokenHeader)]:
		return c, invalid("Config.TokenHeader must be the name of a header that can carry a token")
	}
	if c.TokenHeader == "" {
		c.TokenHeader = "Kong-Admin-Token"
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}

// framing are the headers that the HTTP client sets itself.
var framing = map[string]bool{
	"Accept": true, "Connection": true, "Content-Length": true, "Content-Type": true, "Host": true, "Trailer": true,
	"Transfer-Encoding": true, "User-Agent": true,
}

// transport uses no proxy: the token goes to the gateway and to nobody else.
func (c Config) transport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: c.AttemptTimeout}).DialContext,
		TLSClientConfig:     cloneTLS(c.TLS),
		TLSHandshakeTimeout: c.AttemptTimeout,
		ForceAttemptHTTP2:   true,
		IdleConnTimeout:     30 * time.Second,
	}
}

// Register implements [Registrator]. Reading and writing go on, with pauses, until the gateway has what is described,
// the error is one that waiting does not mend, or time runs out. The error is an [*Error].
//
// When ctx ends in the middle of it, with [Service.Instance], Register takes back what it may have written for this instance,
// within 10 seconds of its own, unless its target was there before: a service that is told to stop while it starts leaves
// nothing behind. After other errors some of it may have been written, or be written still where the gateway was slow to
// answer: call Deregister where that matters. [Kong.Start] does, and also after a Register that succeeded.
func (k *Kong) Register(ctx context.Context, service Service) error {
	k.warn(service)
	done, err := k.register(ctx, service)
	if err != nil && ctx.Err() != nil && done.wrote && !done.wasThere && service.Instance != "" {
		return k.takeBack(ctx, service, done, err)
	}
	return err
}

// register also returns what it did.
func (k *Kong) register(ctx context.Context, service Service) (done, error) {
	first := true
	o := &operation{kong: k, name: "register", service: service}
	err := o.converge(ctx, func(_ context.Context, have *state) ([]Change, error) {
		if first && service.Instance != "" {
			target, _ := service.target(have)
			first, o.done.wasThere = false, target != nil
		}
		return service.registration(have)
	})
	return o.done, err
}

// Deregister implements [Registrator]. With [Service.Instance] it removes this instance's target, and with
// [Service.RemoveWhenLast] the rest where no target is left. Without Instance it takes the whole service off the
// gateway: call it only where no other process stands behind Host.
//
// Workers of the gateway go on to send requests for up to a second after it has returned. What somebody else has put on the
// route or the service, another route or a plugin, is not taken away with them: the error is then [ErrNotOurs].
func (k *Kong) Deregister(ctx context.Context, service Service) error {
	r := &removal{operation: operation{kong: k, name: "deregister", service: service}}
	return r.converge(ctx, r.next)
}

// Plan reads what the gateway has and says what Register would write. It writes nothing, and does not ask the gateway whether
// it would take it either. What only the gateway knows shows when it is written: whether it has a plugin and takes its
// configuration, whether an expression compiles, and whether the token may write.
func (k *Kong) Plan(ctx context.Context, service Service) (Plan, error) {
	var plan Plan
	o := &operation{kong: k, name: "plan", service: service}
	err := o.repeat(ctx, func(ctx context.Context) ([]Change, error) {
		s, err := o.read(ctx)
		if err != nil {
			return nil, err
		}
		plan.Gateway = service.scrubber().clean(s.version.text)
		plan.Changes, err = service.registration(s)
		service.hide(plan.Changes)
		return nil, err
	})
	return plan, err
}
