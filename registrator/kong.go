package registrator

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Config configures a Kong. The zero value is suitable for an Admin API that is protected by its network.
type Config struct {
	// Token authenticates at the Admin API: see [TokenString] and [TokenFile]. It is called before each attempt, so the token may
	// change. The token is sent in the header TokenHeader, by default "Kong-Admin-Token" as in Kong Enterprise. A key-auth plugin
	// in front of the Admin API expects "apikey".
	Token       Token
	TokenHeader string

	// TLS has the CA and the client certificate for an https address: see [TLSFiles]. Nil means the system's CAs.
	// InsecureSkipVerify is refused.
	TLS *tls.Config
	// Transport sends the requests. Nil means a transport that uses no proxy. Transport cannot be combined with TLS, which it
	// configures itself.
	Transport http.RoundTripper

	// AttemptTimeout limits one attempt of a request, 6 seconds by default. A Kong whose database hangs answers after 5 seconds,
	// or never.
	AttemptTimeout time.Duration
	// Timeout limits a call with all its retries, 2 minutes by default: the gateway may be down for so long while the service
	// starts. The context may end a call earlier. A write in progress may then take up to 3 seconds more.
	Timeout time.Duration
	// CheckEvery is the time between two checks of Run and Start, 30 seconds by default. Each time it varies by up to a fifth.
	CheckEvery time.Duration

	// Logger gets records of the changes on the gateway and of troubles. Nil means [slog.Default].
	Logger *slog.Logger
}

// DefaultAdminURL is the address of the Admin API if neither NewKong nor API_GATEWAY_URL gives one.
const DefaultAdminURL = "http://localhost:8001"

// Kong is a [Registrator] for Kong Gateway. It uses the Admin API. It keeps no state of the gateway and no connection between
// calls, and is safe for concurrent use. The zero value is not usable: see [NewKong].
type Kong struct {
	client *client
	config Config
}

var _ Registrator = (*Kong)(nil)

// NewKong returns a registrator for the gateway whose Admin API is at adminURL. If adminURL is empty, the address is that of the
// environment variable API_GATEWAY_URL, or [DefaultAdminURL] if the variable is empty, too. The variable must not have quotation
// marks or white space around the address. The address may have a path, as behind a proxy or for a workspace, which is kept in
// each request; a userinfo, which is sent as Basic authentication; and a query, which is sent with each request. NewKong sends
// nothing. Its error is an [*Error] with [ErrInvalid].
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
		config.Logger.Warn("credentials for the gateway are sent without TLS", "host", host)
	}
	return &Kong{newClient(base, address.origin, config), config}, nil
}

// complete sets the defaults and refuses an unsafe configuration.
func (c Config) complete() (Config, *Error) {
	for _, d := range []struct {
		name         string
		value        *time.Duration
		defaultValue time.Duration
	}{
		{"AttemptTimeout", &c.AttemptTimeout, 6 * time.Second},
		{"Timeout", &c.Timeout, 2 * time.Minute},
		{"CheckEvery", &c.CheckEvery, 30 * time.Second},
	} {
		switch {
		case *d.value < 0:
			return c, invalid("Config.%s must not be negative", d.name)
		case *d.value == 0:
			*d.value = d.defaultValue
		}
	}
	switch {
	case c.TLS != nil && c.TLS.InsecureSkipVerify:
		return c, invalid("Config.TLS must verify the gateway's certificate: give its CA in RootCAs")
	case c.TLS != nil && c.Transport != nil:
		return c, invalid("Config must not have both TLS and Transport: configure TLS in the Transport")
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

// framing are the headers that the HTTP client sets.
var framing = map[string]bool{
	"Accept": true, "Connection": true, "Content-Length": true, "Content-Type": true, "Host": true, "Trailer": true,
	"Transfer-Encoding": true, "User-Agent": true,
}

// transport returns the default transport. It uses no proxy, so that the token goes only to the gateway.
func (c Config) transport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: c.AttemptTimeout}).DialContext,
		TLSClientConfig:     cloneTLS(c.TLS),
		TLSHandshakeTimeout: c.AttemptTimeout,
		ForceAttemptHTTP2:   true,
		IdleConnTimeout:     30 * time.Second,
	}
}

// Register implements [Registrator]. It reads and writes, with pauses, until the gateway has the described state, an error occurs
// that waiting does not cure, or time runs out. Its error is an [*Error].
//
// If ctx ends during Register, with [Service.Instance], Register removes what it may have written for this instance, so that a
// service that is told to stop while it starts leaves nothing behind. That takes at most 13 more seconds. A target that existed
// before is kept. After other errors, some entities may have been written, or may still be written by a gateway that is slow to
// answer: call Deregister if that matters. [Kong.Start] does, also after a Register that succeeded.
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

// Deregister implements [Registrator]. With [Service.Instance] it removes the target of this instance and, with
// [Service.RemoveWhenLast] and if no target is left, the route, the service and the upstream. Without Instance it removes the
// whole service from the gateway: call it only if Host leads to no other process.
//
// Workers of the gateway continue to send requests for up to a second after Deregister has returned. If somebody else has added
// a route or a plugin to the service, or a plugin to the route, Deregister keeps the route and the service and returns
// [ErrNotOurs].
func (k *Kong) Deregister(ctx context.Context, service Service) error {
	r := &removal{operation: operation{kong: k, name: "deregister", service: service}}
	return r.converge(ctx, r.next)
}

// Plan reads what the gateway has and returns what Register would write. It writes nothing. Some errors are found only by
// writing: whether the gateway has a plugin and accepts its configuration, whether a regular expression compiles, and whether
// the token allows writes.
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
