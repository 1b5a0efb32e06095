package keys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Discover finds the keys of an issuer by its discovery document and keeps them up to date. It asks, in this order, the addresses
// of RFC 8414, section 3.1, and of OpenID Connect Discovery, with the path of the issuer behind and before the well-known part.
// The document must name exactly this issuer, and may name keys on another host. The context bounds the first fetch alone: Close
// ends the others. See [RemoteConfig] for what can be set.
func Discover(ctx context.Context, issuer string) (*RemoteSet, error) {
	return RemoteConfig{Issuer: issuer}.Open(ctx)
}

// Remote gets a key set from a URL and keeps it up to date. See [Discover] and [RemoteConfig].
func Remote(ctx context.Context, url string) (*RemoteSet, error) {
	return RemoteConfig{KeysURL: url}.Open(ctx)
}

// RemoteConfig is the configuration of a [RemoteSet]. It needs Issuer or KeysURL; the zero value of any other field is sound.
//
// URLs begin with https://, or with http:// if their host is localhost or a loopback address. They have no credentials and no
// fragment.
type RemoteConfig struct {
	// Issuer is what the discovery document must have as its issuer, byte for byte (RFC 8414, section 3.3). The addresses of that
	// document follow from it.
	Issuer string
	// DiscoveryURL is the address of the discovery document where it does not follow from the issuer: as in a cluster, where the
	// issuer has an outer name and is asked by an inner one.
	DiscoveryURL string
	// KeysURL is the address of the key set. Where it is set nothing is discovered, and Issuer is not used.
	KeysURL string

	// Client sends the requests: for a private CA, a client certificate, a proxy, or a header that a cluster's API wants. Nil is
	// a client with the transport of package net/http. The Client is copied, and its CheckRedirect replaced: redirects are
	// followed within the same scheme, host and port, three at most.
	//
	// A Transport that is an *http.Transport is cloned, to check each address that it connects to (see KeysHosts). Where it has a
	// dialer of its own, that is right after the connection, and before anything is sent; otherwise it is before. Names that a
	// proxy or another RoundTripper resolves are not checked; addresses that stand in a URL are.
	Client *http.Client
	// KeysHosts are the hosts, without a port, that a discovery document may name for the keys although their addresses are not
	// public: loopback, private, link-local and others (CWE-918). The hosts in the fields above may have any address.
	KeysHosts []string
	// InsecureHTTP waives https: whoever is between this service and the server can then give it keys of their own.
	InsecureHTTP bool

	// CoolDown is the shortest time between two fetches for keys that tokens name and the set does not have. Zero: ten seconds.
	// At most a minute. A new key is found within it.
	CoolDown time.Duration
	// MaxAge is how long the last good keys are used while the server cannot be reached or has no good document. Zero: a day. At
	// least a minute. A key that the server took away during the outage is used until then.
	MaxAge time.Duration
	// Required makes Open fail where the first fetch fails. Otherwise Open logs that and goes on, Find fails with
	// ErrUnavailable, and the keys are used as soon as they can be had.
	Required bool

	Logger *slog.Logger // nil: slog.Default
	// Observer is called after each fetch, by the one goroutine that fetches: it must return soon. Nil: nobody is told.
	Observer func(RemoteEvent)
}

const (
	defaultCoolDown = 10 * time.Second
	maxCoolDown     = time.Minute
	defaultMaxAge   = 24 * time.Hour
	minMaxAge       = time.Minute
)

// Open begins to fetch and waits for the first fetch, or until the context ends. The context bounds that wait and nothing
// else. An error is one of the configuration, unless Required is set.
func (c RemoteConfig) Open(ctx context.Context) (*RemoteSet, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	source, err := newSource(&c)
	if err != nil {
		return nil, err
	}
	r := newRemoteSet(c.withDefaults(source), source)
	first := &attempt{done: make(chan struct{})}
	r.attempt = first
	own, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go r.run(own)
	select {
	case <-first.done:
		err = first.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil && c.Required {
		_ = r.Close()
		return nil, fmt.Errorf("keys: the first fetch failed, and RemoteConfig.Required is set: %w", err)
	}
	return r, nil
}

func (c *RemoteConfig) check() error {
	switch {
	case c.Issuer == "" && c.KeysURL == "":
		return errors.New("keys: RemoteConfig needs Issuer, to discover the keys, or KeysURL")
	case c.DiscoveryURL != "" && c.KeysURL != "":
		return errors.New("keys: RemoteConfig.KeysURL makes DiscoveryURL useless: take one of them away")
	case c.CoolDown < 0 || c.CoolDown > maxCoolDown:
		return fmt.Errorf("keys: RemoteConfig.CoolDown is %v: it must be from 0 to %v", c.CoolDown, maxCoolDown)
	case c.MaxAge < 0 || c.MaxAge > 0 && c.MaxAge < minMaxAge:
		return fmt.Errorf("keys: RemoteConfig.MaxAge is %v: it must be 0, or %v at least", c.MaxAge, minMaxAge)
	}
	for _, host := range c.KeysHosts {
		if host == "" || strings.ContainsAny(host, "/@*? ") || strings.Count(host, ":") == 1 || strings.Contains(host, "[") {
			return fmt.Errorf("keys: RemoteConfig.KeysHosts has %q: write the host alone, as keys.example.com or 10.0.0.1", host)
		}
	}
	return nil
}

func (c RemoteConfig) withDefaults(s *source) RemoteConfig {
	if c.CoolDown == 0 {
		c.CoolDown = defaultCoolDown
	}
	if c.MaxAge == 0 {
		c.MaxAge = defaultMaxAge
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Logger = c.Logger.With("source", s.name)
	return c
}
