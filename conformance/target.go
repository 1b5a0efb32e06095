package conformance

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// Target is a running service that was not built for the suite. Only the status and the challenges of its answers are judged.
type Target struct {
	// Name is the name of the service in reports.
	Name string
	// URL is the base URL of the service, http or https. The paths below are appended to it.
	URL string
	// Protected is a path that answers GET with a status of 2xx to a good token, and not without one. Empty means "/".
	Protected string
	// Public is a path that is open to everybody. Empty means none: the cases that need one are not tried.
	Public string
	// Optional is a path that is open to requests without a token, and knows the user of requests with one. Empty means none.
	Optional string
	// Restricted is a path that refuses a good token, unless the token has the claims of Grant, too. Empty means none.
	Restricted string
	// Issuer signs the tokens, in the form of JWTs with kid, iss, sub, iat, nbf, exp and the claims of Claims. The service must
	// trust its key. It is nil if Token is set.
	Issuer *coretest.Issuer
	// Claims are the other claims that the service needs in a good token, such as aud. They may replace the usual ones.
	Claims coretest.Claims
	// Grant has the claims that open the path Restricted.
	Grant coretest.Claims
	// Token is one good token, for a service with an issuer of its own. Attacks that need its signature are left out.
	Token string
	// Roots are the certificates to trust for https. Nil means those of the system.
	Roots *x509.CertPool
	// Timeout bounds each exchange with the service. Zero means 5 seconds.
	Timeout time.Duration
}

// ErrNotTried is in the error of [CheckTarget] if the service could not be judged.
var ErrNotTried = errors.New("conformance: the service could not be tried")

// ErrTarget is in the error of [CheckTarget] if the fields of the [Target] are wrong. Another try cannot succeed.
var ErrTarget = errors.New("conformance: the target is wrong")

// CheckTarget tries, by status and challenge alone, the cases that need nothing of the suite inside the service. It sends
// requests with many methods and with attacks, so the service should be one for tests. The error is nil if all these cases could
// be tried, whatever their outcome. If not, it is an [ErrNotTried].
func CheckTarget(ctx context.Context, t Target) (Judgment, error) {
	s, err := t.stranger(ctx)
	if err != nil {
		return Judgment{Service: t.Name}, errors.Join(ErrNotTried, ErrTarget, err)
	}
	if err := s.ready(ctx); err != nil {
		return s.found, errors.Join(ErrNotTried, err)
	}
	for _, c := range Cases() {
		if err := s.try(ctx, c); err != nil {
			return s.found, errors.Join(ErrNotTried, err)
		}
	}
	return s.found, nil
}

// stranger returns the target as a deployment.
func (t Target) stranger(ctx context.Context) (*stranger, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return nil, errors.New("conformance: the URL is not a base URL: write http://host:port/path")
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	t.Protected, t.Timeout = cmp.Or(t.Protected, "/"), Harness{Timeout: t.Timeout}.timeout()
	s := &stranger{Target: t, ctx: ctx, addr: u.Host, host: u.Host, server: u.Hostname(), scheme: u.Scheme,
		prefix: strings.TrimSuffix(u.EscapedPath(), "/"), offers: t.offers(), found: Judgment{Service: t.Name}}
	if u.Port() == "" {
		s.addr = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	s.mint()
	return s, nil
}

// check returns an error unless the fields fit together.
func (t Target) check() error {
	for _, path := range []string{t.Protected, t.Public, t.Optional, t.Restricted} {
		if path != "" && (path[0] != '/' || strings.ContainsAny(path, "?# \r\n")) {
			return fmt.Errorf("conformance: %q is not a path: begin it with a slash, and leave out the query", path)
		}
	}
	if (t.Issuer == nil) == (t.Token == "") {
		return errors.New("conformance: a Target needs an Issuer or a Token, and not both")
	}
	if strings.ContainsAny(t.Token, " \t\r\n\x00") {
		return errors.New("conformance: the token has a space or a line break: give the token alone, without its scheme")
	}
	return nil
}

// offers returns what the service has, as far as the Target says it.
func (t Target) offers() need {
	all := protectedPath
	for path, n := range map[string]need{t.Public: publicPath, t.Optional: optionalPath} {
		if path != "" {
			all |= n
		}
	}
	if t.Issuer != nil {
		all |= signedTokens
		if t.Restricted != "" && len(t.Grant) > 0 {
			all |= restrictedPath
		}
	}
	return all
}
