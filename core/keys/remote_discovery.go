package keys

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

const (
	oauthDocument  = "/.well-known/oauth-authorization-server"
	openIDDocument = "/.well-known/openid-configuration"
)

// wellKnown are the addresses at which an issuer may have its discovery document: that of RFC 8414, section 3.1, that of OpenID
// in the form of the same section, and that of OpenID Connect Discovery 1.0, section 4. Without a path the last two are one.
func wellKnown(issuer *url.URL) (all []*url.URL) {
	path := strings.TrimSuffix(issuer.EscapedPath(), "/")
	for _, escaped := range []string{oauthDocument + path, openIDDocument + path, path + openIDDocument} {
		u := &url.URL{Scheme: issuer.Scheme, Host: issuer.Host, RawPath: escaped}
		u.Path, _ = url.PathUnescape(escaped) // it was unescaped before
		if len(all) == 0 || all[len(all)-1].String() != u.String() {
			all = append(all, u)
		}
	}
	return all
}

// discover asks the addresses until one has a document of the issuer. An answer that is not one lets it go on; a server that
// cannot be reached, or cannot answer now, does not: another document than the usual one must not be taken because of that.
func (s *source) discover(ctx context.Context) (keys *url.URL, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	var wrong []error
	for _, u := range s.discovery {
		got, err := s.client.Get(ctx, u, fetch.Validators{})
		var failure *fetch.Error
		switch {
		case errors.As(err, &failure) && failure.Answered:
			wrong = append(wrong, err)
			continue
		case err != nil:
			return nil, fmt.Errorf("keys: discovery: %w", err)
		}
		keys, err := readDiscovery(string(got.Body), s.issuer, s.insecure)
		if err == nil {
			return keys, nil
		}
		wrong = append(wrong, fmt.Errorf("%s: %w", fetch.Name(u), err))
	}
	text := ""
	for _, err := range wrong {
		text += "; " + err.Error()
	}
	return nil, errors.New("keys: no discovery document of the issuer was found" + text)
}

var (
	errNoDiscovery = errors.New("it is not a JSON object, or has a name twice")
	errNoIssuer    = errors.New(`it has no "issuer"`)
	errSlash       = errors.New(`its "issuer" differs from RemoteConfig.Issuer in a slash at the end: write it as it is there`)
	errIssuer      = errors.New(`its "issuer" is another one: set RemoteConfig.Issuer to exactly what the issuer calls itself`)
	errNoKeysURL   = errors.New(`it has no "jwks_uri"`)
)

// readDiscovery reads the address of the keys (RFC 8414, section 2) in the document of exactly this issuer (section 3.3). Its
// errors do not quote the document.
func readDiscovery(text, issuer string, insecure bool) (*url.URL, error) {
	var named, keys string
	err := strictjson.Object(text, func(name, value string) error {
		switch name {
		case "issuer":
			named, _ = strictjson.String(value)
		case "jwks_uri":
			keys, _ = strictjson.String(value)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, errNoDiscovery
	case named == "":
		return nil, errNoIssuer
	case named != issuer && strings.TrimSuffix(named, "/") == strings.TrimSuffix(issuer, "/"):
		return nil, errSlash
	case named != issuer:
		return nil, errIssuer
	case keys == "":
		return nil, errNoKeysURL
	}
	u, err := fetch.ParseURL(keys, insecure)
	if err != nil {
		return nil, fmt.Errorf(`its "jwks_uri": %w`, err)
	}
	return u, nil
}
