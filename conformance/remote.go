package conformance

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
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

// Service is a running service, in any language, that has the routes of REMOTE.md.
type Service struct {
	// Name is the name of the service in reports. It must be usable as a file name.
	Name string
	// URL is the base URL of the service, http or https. It has a path if the routes are below one.
	URL string
	// Issuer mints the tokens, in the form of Microkubes' jwt-issuer. The service must trust its key.
	Issuer *coretest.Issuer
	// Timeout bounds each wait for the service. Zero means 5 seconds.
	Timeout time.Duration
}

// CheckService runs over the network the cases that [RemoteCases] names, which need no provider of the suite inside the service,
// and returns a report. They are sent byte by byte, as by [Check], with the service's paths and real tokens. The body of an
// answer says for whom the service's handler ran. The error is nil if all these cases ran and passed.
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
		return report, fmt.Errorf("conformance: no case can run on %s: a good token is not served\n%w", s.Name, err)
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

// mounts maps each case that can be tried from outside to the route that takes the place of /x in it.
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

// RemoteCases returns the names of the cases that [CheckService] runs, sorted.
func RemoteCases() []string { return slices.Sorted(maps.Keys(mounts)) }

// remote is a [Service] as a deployment.
type remote struct {
	exact
	minter *coretest.Issuer
	addr   string
	host   string
	prefix string
	tls    bool
	mount  string // the route in the place of /x, in this case

	mu     sync.Mutex
	tokens map[string]string // the minted tokens by their names in the suite
}

func (s Service) remote() (*remote, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("conformance: %q is not a base URL: write http://host:port/path", s.URL)
	}
	if s.Name == "" || strings.ContainsAny(s.Name, `/\`) || s.Issuer == nil {
		return nil, errors.New("conformance: a Service needs a Name that is usable as a file name, and an Issuer")
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

// outgoing returns a request of the suite for this service: with its path and host, and with real tokens.
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

// token returns a token for a name in the suite. The names are those of tokens, the suite's own provider.
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

func (r *remote) hostile() (string, iter.Seq2[string, string]) { return hostileOf(r.minter) }

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
