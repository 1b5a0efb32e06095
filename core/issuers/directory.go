package issuers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/token"
)

// resolver is the function of Resolve.
type resolver func(ctx context.Context, issuer string) (core.Authenticator, io.Closer, error)

// directory finds issuers by calling a resolver, and keeps what it has returned. It implements [token.Issuers].
//
// An entry begins with a call. When the call has ended, the entry stays for the cool-down. Then it leaves, unless it is a tenant
// that has verified a token. So the budget of calls bounds all entries but those tenants, and these are counted.
type directory struct {
	resolve resolver
	config  Config
	ctx     context.Context // of all calls
	cancel  context.CancelFunc
	running sync.WaitGroup // calls, and closing of tenants that have left

	mu      sync.Mutex
	entries map[string]*entry // by issuer
	budget  budget
	calling int // entries whose call has not ended
	closed  bool
}

// entry is what is known of one issuer.
type entry struct {
	issuer string
	ctx    context.Context // of the call
	done   chan struct{}   // closed when the call has ended
	kept   bool            // a tenant beyond its cool-down, guarded by mu of the directory

	answer           // set before done is closed
	until  time.Time // the end of the cool-down
}

// answer is the outcome of a call. It has a tenant or an error.
type answer struct {
	tenant *token.Issuer
	closer io.Closer // may be nil
	err    error
	misfit *core.Error // the refusal if the tenant does not fit; err is set, too
}

// Errors of an answer, apart from those of the resolver.
var (
	errNoAnswer = errors.New("issuers: the function of Resolve has not returned")
	errClosed   = errors.New("issuers: the provider is closed")
)

// panicked is the error for a panic in the resolver or in a closer.
type panicked struct{ value any }

func (p *panicked) Error() string { return fmt.Sprintf("issuers: a panic with a %T", p.value) }

func newDirectory(resolve resolver, config Config) *directory {
	d := &directory{resolve: resolve, config: config, entries: map[string]*entry{}, budget: newBudget(config.Calls)}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

// Find implements [token.Issuers].
func (d *directory) Find(ctx context.Context, name []byte) (*token.Issuer, error) {
	e, err := d.find(name)
	if e == nil {
		return nil, err
	}
	return d.wait(ctx, e)
}

// find returns the entry of an issuer. It begins a call if there is none. It returns nil if no issuer may have that name.
func (d *directory) find(name []byte) (*entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, token.Unavailable(d.config.CoolDown).WithCause(errClosed)
	}
	if e := d.entries[string(name)]; e != nil {
		return e, nil
	}
	if !nameable(string(name)) {
		return nil, nil
	}
	if d.calling >= d.mostCalls() {
		return nil, token.Unavailable(d.config.Timeout)
	}
	if wait, ok := d.budget.take(name, time.Now()); !ok {
		return nil, token.Unavailable(wait)
	}
	return d.call(string(name)), nil
}

// mostCalls returns how many calls may run at once. The budget alone bounds calls that end in time, this bounds those that do
// not.
func (d *directory) mostCalls() int {
	return int(d.config.Timeout.Seconds()*float64(d.config.Calls)) + 2*d.config.Calls
}

// nameable reports whether a Config can name the issuer.
func nameable(issuer string) bool {
	return utf8.ValidString(issuer) && strings.TrimSpace(issuer) == issuer && !strings.ContainsFunc(issuer, unicode.IsControl)
}

// call begins a call and returns its entry. The caller holds mu.
func (d *directory) call(issuer string) *entry {
	ctx, cancel := context.WithTimeout(d.ctx, d.config.Timeout)
	e := &entry{issuer: issuer, ctx: ctx, done: make(chan struct{})}
	d.entries[issuer] = e
	d.calling++
	d.running.Go(func() {
		defer cancel() // after done is closed: see wait
		a := answer{err: errNoAnswer}
		defer func() { // the resolver may panic, or end its goroutine
			if p := recover(); p != nil {
				a.err = &panicked{p}
			}
			d.settle(e, a)
		}()
		a = d.ask(ctx, issuer)
	})
	return e
}

// ask calls the resolver and checks what it returns.
func (d *directory) ask(ctx context.Context, issuer string) answer {
	member, closer, err := d.resolve(ctx, issuer)
	if err != nil {
		return answer{err: err}
	}
	tenant, err := token.NewIssuer(issuer, member, d.config.Source)
	if err != nil {
		_ = closeSafely(closer)
		err = fmt.Errorf("issuers: the provider that the function of Resolve returned does not fit: %w", err)
		misfit := core.NewError(http.StatusInternalServerError, "").WithReason(reason.Misuse).WithCause(err)
		return answer{err: err, misfit: misfit}
	}
	return answer{tenant: tenant, closer: closer}
}

// settle ends a call.
func (d *directory) settle(e *entry, a answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e.answer, e.until = a, time.Now().Add(d.config.CoolDown)
	d.calling--
	close(e.done)
	time.AfterFunc(d.config.CoolDown, func() { d.review(e) })
}

// wait returns the tenant of an entry, once its call has ended.
func (d *directory) wait(ctx context.Context, e *entry) (*token.Issuer, error) {
	select {
	case <-e.done:
		return e.outcome()
	default:
	}
	select {
	case <-e.done:
		return e.outcome()
	case <-e.ctx.Done():
		select {
		case <-e.done: // the context ends after the call, too
			return e.outcome()
		default:
			return nil, token.Unavailable(d.config.CoolDown).WithCause(e.ctx.Err())
		}
	case <-ctx.Done():
		return nil, token.Unavailable(d.config.CoolDown).WithCause(ctx.Err())
	}
}

// outcome returns the tenant, or nil for an unknown issuer, or the refusal. The call has ended.
func (e *entry) outcome() (*token.Issuer, error) {
	if e.err == nil {
		return e.tenant, nil
	}
	if errors.Is(e.err, ErrUnknown) {
		return nil, nil
	}
	var p *panicked
	if errors.As(e.err, &p) {
		panic(p.value) // the chain answers it
	}
	if e.misfit != nil {
		return nil, e.misfit
	}
	return nil, token.Unavailable(time.Until(e.until)).WithCause(e.err)
}

// review decides at the end of the cool-down whether an entry is kept. If more tenants are kept than may be, the one whose last
// good token is the oldest leaves.
func (d *directory) review(e *entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	if e.tenant == nil || e.tenant.Used() == 0 {
		d.remove(e)
		return
	}
	e.kept = true
	if oldest, kept := d.oldest(); kept > d.config.Tenants {
		d.remove(oldest)
	}
}

// oldest returns the kept entry whose last good token is the oldest, and the number of entries that are kept.
func (d *directory) oldest() (oldest *entry, kept int) {
	for _, e := range d.entries {
		if !e.kept {
			continue
		}
		if kept++; oldest == nil || e.tenant.Used() < oldest.tenant.Used() {
			oldest = e
		}
	}
	return oldest, kept
}

// remove forgets an entry. A tenant is closed on a goroutine of its own, since that may take time.
func (d *directory) remove(e *entry) {
	delete(d.entries, e.issuer)
	if e.tenant == nil {
		return
	}
	e.tenant.Leave()
	d.running.Go(func() { _ = closeSafely(e.closer) })
}

// closeSafely closes what a tenant has. A panic in it becomes an error. It must not end the service, since whoever sends a token
// may cause it, and it must not keep other tenants open.
func closeSafely(closer io.Closer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{p}
		}
	}()
	if closer == nil {
		return nil
	}
	return closer.Close()
}

// close ends all calls and closes all tenants.
func (d *directory) close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	d.running.Wait() // no call begins after closed is set

	d.mu.Lock()
	all := d.entries
	d.entries = nil
	d.mu.Unlock()
	var errs []error
	for _, e := range all {
		if e.tenant == nil {
			continue
		}
		e.tenant.Leave()
		errs = append(errs, closeSafely(e.closer))
	}
	return errors.Join(errs...)
}
