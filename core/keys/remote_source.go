package keys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

const (
	fetchTimeout  = 5 * time.Second // for discovery, and again for the keys
	maxRemoteKeys = 500
)

// source fetches the key set and, if needed, discovers its URL. Only the goroutine of a [RemoteSet] uses it.
type source struct {
	client     *fetch.Client
	name       string // for log records
	issuer     string
	insecure   bool
	discovery  []*url.URL // in order; empty if the URL of the keys is configured
	keys       *url.URL   // the last known URL of the keys; nil: unknown
	validators fetch.Validators
	last       []*Key // of the document with these validators
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
	undiscovered error // why discovery failed, if the last known URL was used
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
				trusted = append(trusted, outer.Hostname()) // it is also in the configuration
			}
		}
	default:
		var u *url.URL
		if u, err = parse("Issuer", c.Issuer); err == nil {
			s.name, s.discovery = fetch.Name(u), wellKnown(u)
			switch {
			case u.RawQuery != "" || u.ForceQuery:
				err = errors.New("keys: RemoteConfig.Issuer has a query: an issuer has none (RFC 8414, section 2)")
			case strings.Contains(u.Path, "/.well-known/"):
				err = errors.New(`keys: RemoteConfig.Issuer is the URL of a document: write what the document has as "issuer"`)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	s.client = fetch.New(c.Client, trusted...)
	return s, nil
}

// load fetches the keys. With discover, or if the URL of the keys is unknown, it reads the discovery document first.
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
		if hasMoreThan(maxRemoteKeys, got.Body) {
			return nil, fmt.Errorf("keys: the document has more than %d keys (from %s)", maxRemoteKeys, fetch.Name(s.keys))
		}
		if all, skipped, err = parseJWKS(got.Body); err != nil {
			return nil, fmt.Errorf("%w (from %s)", err, fetch.Name(s.keys))
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

// hasMoreThan reports whether a document, in any form that parseJWKS reads, has more than that many keys. It does not parse them.
func hasMoreThan(most int, document []byte) bool {
	text := strings.TrimSpace(strings.TrimPrefix(string(document), "\xef\xbb\xbf"))
	if strings.HasPrefix(text, "[") {
		return hasMoreMembers(most, text)
	}
	isSet := false
	for _, m := range membersOf(text) {
		if m.name == "keys" && m.value[0] == '[' {
			if isSet = true; hasMoreMembers(most, m.value) {
				return true
			}
		}
	}
	return !isSet && hasMoreMembers(most, text)
}

// hasMoreMembers reports whether an array or an object has more than that many members.
func hasMoreMembers(most int, text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	kind, err := d.Token()
	for n := 0; err == nil && d.More(); n++ {
		if n == most {
			return true
		}
		if kind == json.Delim('{') {
			_, _ = d.Token() // the name
		}
		var value json.RawMessage
		err = d.Decode(&value)
	}
	return false
}

// usableNow counts the keys that can be used now. To skipped it adds why others cannot.
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

// summary returns in one line why keys are not used.
func summary(skipped []error) (text string) {
	for i, err := range skipped {
		if i == 5 {
			return fmt.Sprintf("%s; and %d more", text, len(skipped)-i)
		}
		text += "; " + err.Error()
	}
	return text
}
