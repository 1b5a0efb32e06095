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

// Discover fetches the keys of an issuer and keeps them up to date. The discovery document of the issuer says where the keys are,
// possibly on another host. The document is looked for at the URL of RFC 8414, section 3.1, at the OpenID URL of the same form,
// and at the URL of OpenID Connect Discovery. It must name exactly this issuer.
//
// ctx limits only how long Discover waits for the first fetch. Close stops fetching. [RemoteConfig] has more options.
func Discover(ctx context.Context, issuer string) (*RemoteSet, error) {
	return RemoteConfig{Issuer: issuer}.Open(ctx)
}

// Remote fetches the key set at a URL and keeps it up to date. ctx limits only how long Remote waits for the first fetch. Close
// stops fetching. [RemoteConfig] has more options.
func Remote(ctx context.Context, url string) (*RemoteSet, error) {
	return RemoteConfig{KeysURL: url}.Open(ctx)
}

// RemoteConfig is the configuration of a [RemoteSet]. Issuer or KeysURL is required. The zero value of every other field is safe.
//
// A URL must be https, or http to localhost or a loopback address. It must not have credentials or a fragment.
type RemoteConfig struct {
	// Issuer is the URL of the issuer, byte for byte as in its discovery document (RFC 8414, section 3.3). The URLs at which the
	// document is looked for are derived from it.
	Issuer string
	// DiscoveryURL is the URL of the discovery document if it cannot be derived from Issuer, such as in a cluster where the
	// issuer has an outer name and is reached by an inner one.
	DiscoveryURL string
	// KeysURL is the URL of the key set. If it is set, there is no discovery, and Issuer is not used.
	KeysURL string

	// Client sends the requests. It may have a private CA, a client certificate, a proxy, or a transport that adds a header,
	// which then goes to every host that is asked, including the host of the keys. Nil means the default transport of net/http.
	// Client is copied, and its CheckRedirect is replaced: at most three redirects are followed, within the same scheme, host
	// and port.
	//
	// An *http.Transport is cloned, so that the address of each connection can be checked (see KeysHosts). If the transport has a
	// dialer of its own, the address is checked after connecting (DialTLS: after the handshake) and before the request is sent,
	// and otherwise before connecting. Names that a proxy or any other RoundTripper resolves cannot be checked. IP addresses in a
	// URL always are, in every form. A RoundTripper must obey the context of the request: fetching waits until it returns.
	Client *http.Client
	// KeysHosts lists hosts, without a port, whose keys may be fetched although they have loopback, private, link-local or other
	// addresses that are not public. A host that only the discovery document names must have a public address, because the
	// document could direct requests to inner services (CWE-918). The hosts of the URLs above may have any address.
	KeysHosts []string
	// InsecureHTTP allows http URLs to any host. An attacker on the network can then replace the keys.
	InsecureHTTP bool

	// CoolDown is the minimum time between two fetches that are caused by unknown keys. A new key is found within this time. Zero
	// means ten seconds. The minimum is one millisecond, which is for tests, and the maximum is one minute.
	CoolDown time.Duration
	// MaxAge is how long the last good keys are used if no good document can be fetched. A key that is removed during an outage
	// remains in use until then. Zero means 24 hours. The minimum is one minute.
	MaxAge time.Duration
	// Required makes Open fail if the first fetch fails. Otherwise Open logs the failure and returns a set that keeps trying, and
	// Find fails with ErrUnavailable until there are keys.
	Required bool

	Logger *slog.Logger // nil: slog.Default
	// Observer is called after each fetch, if it is not nil. It must return soon, because the next fetch waits for it, and must
	// not call Close, Find or Ready, which wait for a fetch. A panic of it, or of Logger or Client, ends the program.
	Observer func(RemoteEvent)
}

const (
	defaultCoolDown = 10 * time.Second
	minCoolDown     = time.Millisecond // less is a number without its unit
	maxCoolDown     = time.Minute
	defaultMaxAge   = 24 * time.Hour
	minMaxAge       = time.Minute
)

// Open starts fetching, and waits until the first fetch or ctx has ended. ctx limits nothing else. Unless Required is set, Open
// fails only if the configuration is invalid.
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
	case c.CoolDown != 0 && (c.CoolDown < minCoolDown || c.CoolDown > maxCoolDown):
		return fmt.Errorf("keys: RemoteConfig.CoolDown is %v: it must be 0, or from %v to %v",
			c.CoolDown, minCoolDown, maxCoolDown)
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
