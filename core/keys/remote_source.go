package keys

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

const (
	fetchTimeout  = 5 * time.Second // for discovery, and again for the keys
	maxRemoteKeys = 500
)

// source gets the key set, and first the address of it. Only the goroutine of a [RemoteSet] uses it.
type source struct {
	client     *fetch.Client
	name       string // for messages
	issuer     string
	insecure   bool
	discovery  []*url.URL // in the order in which they are asked; none where the address of the keys is given
	keys       *url.URL   // the last known address of the keys
	validators fetch.Validators
	last       []*Key // of the document that the validators are of
	skipped    []error
}

// document is a key set with at least one key that is usable now.
type document struct {
	all          []*Key
	usable       int
	skipped      []error
	lifetime     time.Duration
	hasLifetime  bool
	notModified  bool
	undiscovered error // why discovery failed, where the last known address was used
}

func newSource(c *RemoteConfig) (*source, error) {
	s := &source{issuer: c.Issuer, insecure: c.InsecureHTTP}
	trusted := c.KeysHosts
	parse := func(field, text string) (*url.URL, error) {
		u, err := fetch.ParseURL(text, c.InsecureHTTP)
		if err != nil {
			return nil, fmt.Errorf("keys: RemoteConfig.%s: %w", field, err)
		}
		trusted = append(trusted[:len(trusted):len(trusted)], u.Hostname())
		return u, nil
	}
	var err error
	switch {
	case c.KeysURL != "":
		if s.keys, err = parse("KeysURL", c.KeysURL); err == nil {
			s.name = fetch.Name(s.keys)
		}
	case c.DiscoveryURL != "":
		var u *url.URL
		if u, err = parse("DiscoveryURL", c.DiscoveryURL); err == nil {
			s.name, s.discovery = fetch.Name(u), []*url.URL{u}
			if outer, err := url.Parse(c.Issuer); err == nil {
				trusted = append(trusted, outer.Hostname()) // the user wrote it, too
			}
		}
	default:
		var u *url.URL
		if u, err = parse("Issuer", c.Issuer); err == nil {
			s.name, s.discovery = fetch.Name(u), wellKnown(u)
			if u.RawQuery != "" || u.ForceQuery {
				err = errors.New("keys: RemoteConfig.Issuer has a query: an issuer has none (RFC 8414, section 2)")
			}
		}
	}
	if err != nil {
		return nil, err
	}
	s.client = fetch.New(c.Client, trusted...)
	return s, nil
}

// load gets the keys. With discover their address is found again before, which it is in any case where it is not known yet.
func (s *source) load(ctx context.Context, discover bool) (*document, error) {
	var undiscovered error
	if len(s.discovery) > 0 && (discover || s.keys == nil) {
		found, err := s.discover(ctx)
		switch {
		case err == nil && (s.keys == nil || s.keys.String() != found.String()):
			s.keys, s.validators = found, fetch.Validators{}
		case err != nil && s.keys == nil:
			return nil, err
		}
		undiscovered = err
	}
	d, err := s.loadKeys(ctx)
	if err != nil {
		return nil, err
	}
	d.undiscovered = undiscovered
	return d, nil
}

func (s *source) loadKeys(ctx context.Context) (*document, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	got, err := s.client.Get(ctx, s.keys, s.validators)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	all, skipped := s.last, s.skipped
	if !got.NotModified {
		if all, skipped, err = parseJWKS(got.Body); err != nil {
			return nil, fmt.Errorf("%w (from %s)", err, fetch.Name(s.keys))
		}
		if n := len(all) + len(skipped); n > maxRemoteKeys {
			return nil, fmt.Errorf("keys: the document has %d keys, more than %d (from %s)", n, maxRemoteKeys, fetch.Name(s.keys))
		}
	}
	d := &document{all: all, lifetime: got.Lifetime, hasLifetime: got.HasLifetime, notModified: got.NotModified}
	d.usable, d.skipped = usableNow(all, skipped)
	if d.usable == 0 {
		return nil, fmt.Errorf("keys: no key of the document is usable now%s (from %s)", summary(d.skipped), fetch.Name(s.keys))
	}
	if !got.NotModified {
		s.last, s.skipped, s.validators = all, skipped, got.Validators
	}
	return d, nil
}

// usableNow counts the keys that are found now, and adds what is wrong with others at this moment.
func usableNow(all []*Key, skipped []error) (usable int, why []error) {
	why = append(why, skipped...)
	now := time.Now()
	for _, k := range all {
		if err := k.valid.check(now); err != nil {
			why = append(why, err)
		}
	}
	valid, _ := validAt(all, now)
	kept, disputes := resolve(valid)
	for _, d := range disputes {
		why = append(why, fmt.Errorf("keys: two different keys have one id and are for %v: neither is used for it", d.algorithms))
	}
	return len(kept), why
}

// summary says in one line why keys are not used.
func summary(skipped []error) (text string) {
	for i, err := range skipped {
		if i == 5 {
			return fmt.Sprintf("%s; and %d more", text, len(skipped)-i)
		}
		text += "; " + err.Error()
	}
	return text
}
