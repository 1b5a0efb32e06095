package conformance

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// Service is a running service, in any language, that mounts the routes of REMOTE.md.
type Service struct {
	// Name is what the report calls it.
	Name string
	// URL is its base: http or https, with a path where the routes are mounted below one.
	URL string
	// Issuer mints the tokens that the service must trust, in the form of Microkubes' jwt-issuer.
	Issuer *coretest.Issuer
	// Timeout bounds each wait for the service. Zero: 5 s.
	Timeout time.Duration
}

// CheckService tries over the network the cases that need nothing of the suite inside the service, and reports. They are
// the cases of [Check], sent byte by byte; the service says in its body for whom its handler ran.
func CheckService(ctx context.Context, s Service) (Report, error) {
	report := Report{Adapter: s.Name, Planned: len(mounts)}
	r, err := s.remote()
	if err != nil {
		return report, err
	}
	timeout := Harness{Timeout: s.Timeout}.timeout()
	first := &witness{ctx: ctx, patience: timeout, at: r}
	r.mount = "/plain"
	if err := first.expect(step{get("/x", bearer("user:ann")), servedTo("ann")}); err != nil {
		return report, fmt.Errorf("conformance: %s cannot be tried at all: a good token gets no good answer\n%w", s.Name, err)
	}
	for _, c := range Cases() {
		mount, ok := mounts[c.Name]
		if !ok || ctx.Err() != nil {
			continue
		}
		r.mount = mount
		w := &witness{ctx: ctx, patience: timeout, at: r}
		report.Results = append(report.Results, Result{Case: c, Err: c.try(w)})
	}
	return report, errors.Join(report.Err(), ctx.Err())
}

// mounts has for each case that can be tried from outside the route that stands for its /x.
var mounts = func() map[string]string {
	all := map[string]string{}
	for mount, names := range map[string]string{
		"/plain": `outcomes/no-credential outcomes/bad-credential outcomes/malformed credentials/scheme-has-no-case
			credentials/other-scheme credentials/folded credentials/not-a-header credentials/control-characters
			credentials/query-and-cookie-are-off credentials/not-sent-back routes/public routes/whole-application
			requests/no-field-opens routes/real-options-route routes/body-is-left-alone
			methods/as-sent methods/not-listed methods/head-is-guarded-as-get methods/upgrade methods/connect
			methods/override-header tokens/hostile concurrency/identities-do-not-mix concurrency/pipelined`,
		"/scopes":            "outcomes/missing-scope",
		"/any-scope":         "outcomes/any-scope",
		"/roles":             "outcomes/missing-role",
		"/any-role":          "outcomes/any-role",
		"/optional-required": "routes/optional-with-requirement",
		"/optional": `providers/not-mine-is-not-anonymous providers/bad-is-not-anonymous routes/optional
			credentials/scheme-without-one-token concurrency/nothing-left-on-the-connection`,
	} {
		for name := range strings.FieldsSeq(names) {
			all[name] = mount
		}
	}
	for _, c := range pathCases() {
		all[c.Name] = "/plain"
	}
	return all
}()

// RemoteCases are the names of the cases that [CheckService] tries.
func RemoteCases() []string { return slices.Sorted(maps.Keys(mounts)) }

// remote is a [Service] as a deployment.
type remote struct {
	minter *coretest.Issuer
	addr   string
	host   string
	prefix string
	tls    bool
	mount  string // what stands for /x in this case

	mu     sync.Mutex
	tokens map[string]string // minted, by what the suite calls them
}

func (s Service) remote() (*remote, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("conformance: %q is no base URL: write http://host:port/path", s.URL)
	}
	if s.Name == "" || strings.ContainsAny(s.Name, `/\`) || s.Issuer == nil {
		return nil, errors.New("conformance: a Service needs a Name that will do as the name of a file, and an Issuer")
	}
	r := &remote{minter: s.Issuer, addr: u.Host, host: u.Host, prefix: strings.TrimSuffix(u.EscapedPath(), "/"),
		tls: u.Scheme == "https", tokens: map[string]string{}}
	if u.Port() == "" {
		r.addr = net.JoinHostPort(u.Hostname(), map[bool]string{false: "80", true: "443"}[r.tls])
	}
	return r, nil
}

// dial opens a connection, for https with TLS. The handshake comes with the first byte that is sent.
func (r *remote) dial(ctx context.Context, dialer *net.Dialer) (net.Conn, error) {
	conn, err := dialer.DialContext(ctx, "tcp", r.addr)
	if err != nil || !r.tls {
		return conn, err
	}
	name, _, _ := net.SplitHostPort(r.addr)
	return tls.Client(conn, &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}), nil
}

var suiteToken = regexp.MustCompile(
	`^(?i)(authorization: bearer )((?-i)(?:user|role):[a-z0-9]+(?::[a-zA-Z+-]+)?|bad(?:-[0-9]+)?|foreign)$`)

// outgoing is a request of the suite for this service: at its path, for its host, and with real tokens.
func (r *remote) outgoing(q request) request {
	switch {
	case q.target == "/x" || strings.HasPrefix(q.target, "/x?"):
		q.target = r.prefix + r.mount + q.target[len("/x"):]
	case strings.HasPrefix(q.target, "/"):
		q.target = r.prefix + q.target
	case strings.HasPrefix(q.target, "http://"):
		_, path, _ := strings.Cut(q.target[len("http://"):], "/")
		q.target = "http://" + r.host + r.prefix + "/" + path
	}
	q.host = r.host
	q.headers = slices.Clone(q.headers)
	for i, h := range q.headers {
		if m := suiteToken.FindStringSubmatch(h); m != nil {
			q.headers[i] = m[1] + r.token(m[2])
		}
	}
	return q
}

// token mints what the suite means by a name: see tokens, the suite's own provider.
func (r *remote) token(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if token, ok := r.tokens[name]; ok {
		return token
	}
	kind, rest, _ := strings.Cut(name, ":")
	user, more, _ := strings.Cut(rest, ":")
	claims := coretest.Claims{"userId": user, "sub": user, "roles": nil, "scopes": nil}
	token := ""
	switch kind {
	case "role":
		claims["roles"] = strings.Split(more, "+")
		token = r.minter.Microkubes(claims)
	case "user":
		claims["scopes"] = strings.ReplaceAll(more, "+", " ")
		token = r.minter.Microkubes(claims)
	case "foreign":
		token = r.minter.Microkubes(coretest.Claims{"iss": "https://another-issuer.test"})
	default:
		token = coretest.Forge(r.minter.Microkubes(nil), coretest.Claims{"iss": r.minter.Name, "userId": "eve"})
	}
	r.tokens[name] = token
	return token
}

// issuer returns the issuer that the service trusts.
func (r *remote) issuer() *coretest.Issuer { return r.minter }

// rounds returns 1: each identity has a token to be signed.
func (*remote) rounds() int { return 1 }

// inspect does nothing: what the service's handlers saw is in their answers.
func (*remote) inspect(func() error) error { return nil }

// ranFor reads from the answer for whom the handler ran.
func (*remote) ranFor(a *answer) []string {
	if user, ok := strings.CutPrefix(a.body, "for "); ok && a.status == 200 {
		return []string{strings.TrimSpace(user)}
	}
	return nil
}
