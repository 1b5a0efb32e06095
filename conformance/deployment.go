package conformance

import (
	"context"
	"fmt"
	"iter"
	"net"
	"sync"

	"github.com/microkubes/microkubes-go/core/coretest"
)

// deployment is where the app of a case runs: in this process, mounted by a [Harness], or as a [Service] on the network. A case
// does not know which one it tests.
type deployment interface {
	// dial opens a connection to the app's server.
	dial(ctx context.Context, dialer *net.Dialer) (net.Conn, error)
	// outgoing returns a request of the suite as it is sent to this app.
	outgoing(r request) request
	// ranFor returns the user of each handler that ran, nobody for one without an Auth. a is the answer to the only request
	// since the last call.
	ranFor(a *answer) []string
	// expect sends the request of a step and returns an error if the answer differs from what it must be.
	expect(w *witness, s step) error
	// answers compares an answer that the case has read itself with what it must be.
	answers(s step, got *answer) error
	// hostile returns a good token for ann, and bad tokens with their names, for the app of tokens/hostile.
	hostile() (good string, bad iter.Seq2[string, string])
	// rounds returns how often each identity of concurrency/identities-do-not-mix sends its requests.
	rounds() int
	// inspect calls check, which looks at records of the suite's own handlers, unless the app has other handlers.
	inspect(check func() error) error
}

// exact compares every byte of an answer that package core decides.
type exact struct{}

func (exact) expect(w *witness, s step) error { return w.exactly(s) }

func (exact) answers(s step, got *answer) error {
	if got.status != s.want.status || got.body != s.want.body {
		return fmt.Errorf("got    %d %s\nwant   %d %s", got.status, got.body, s.want.status, s.want.body)
	}
	return nil
}

func hostileOf(issuer *coretest.Issuer) (string, iter.Seq2[string, string]) {
	return issuer.Microkubes(coretest.Claims{"userId": "ann", "sub": "ann"}), issuer.Hostile()
}

// inProcess is an app of the suite that a harness has mounted.
type inProcess struct {
	exact
	addr string
	runs *runs
}

func (p inProcess) dial(ctx context.Context, dialer *net.Dialer) (net.Conn, error) {
	return dialer.DialContext(ctx, "tcp", p.addr)
}

func (inProcess) outgoing(r request) request { return r }

func (p inProcess) ranFor(*answer) []string { return p.runs.take() }

func (inProcess) hostile() (string, iter.Seq2[string, string]) { return hostileOf(testIssuer()) }

func (inProcess) rounds() int { return 8 }

func (inProcess) inspect(check func() error) error { return check() }

// testIssuer mints the tokens for apps in this process.
var testIssuer = sync.OnceValue(func() *coretest.Issuer { return coretest.NewIssuerFor("https://issuer.test", "ES256") })

// runs records for whom handlers of the suite run.
type runs struct {
	mu    sync.Mutex
	users []string
}

func (r *runs) saw(user string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.users = append(r.users, user)
}

// take returns the users since the last call.
func (r *runs) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	users := r.users
	r.users = nil
	return users
}
