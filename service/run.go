package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/registrator"
)

// Run runs the service until ctx ends: see the package comment. build makes the routes. Run calls it once, before it registers
// the service.
//
// Run returns nil if it was told to stop and did so cleanly. Otherwise its error is [ErrStart], [ErrServe] or [ErrStop]. When it
// returns, the gateway sends this process no requests, unless the error says so.
func Run(ctx context.Context, config Config, build func(app *App) (Server, error)) error {
	chainLogger := config.Logger
	config, err := config.complete()
	if err == nil && build == nil {
		err = errors.New("the function that makes the routes is nil")
	}
	if err != nil {
		if config.Listener != nil {
			_ = config.Listener.Close()
		}
		return &failure{ErrStart, named(config.Name), err}
	}
	r := newRun(ctx, config)
	r.chainLogger = chainLogger
	defer r.close()
	return r.run(build)
}

// named returns the name of the service for an error.
func named(name string) string {
	if name == "" {
		return "the service"
	}
	return name
}

// run is one call of Run.
type run struct {
	config      Config
	logger      *slog.Logger
	chainLogger *slog.Logger // nil: the chain keeps its own
	endpoints   *endpoints

	told     context.Context // ends when the service is told to stop
	tell     context.CancelFunc
	deadline context.Context // ends when the connections are to be closed
	end      context.Context // ends when the time to stop has ended
	release  func()

	stores   []io.Closer // set before serving
	listener *listener
	instance registrator.Service
	left     <-chan error // of the registration; nil without a gateway

	policy  *core.SecurityChain
	plugins *plugins // nil: no provider depends on plugins of the gateway
	awaited bool     // the gateway had applied the plugins before the registration
}

func newRun(ctx context.Context, config Config) *run {
	r := &run{config: config, logger: config.Logger.With("service", config.Name)}
	r.told, r.tell = context.WithCancel(ctx)
	var release, releaseEnd context.CancelFunc
	r.deadline, release = r.limit(config.StopTimeout - r.margin())
	r.end, releaseEnd = r.limit(config.StopTimeout)
	r.release = func() { release(); releaseEnd() }
	r.endpoints = newEndpoints(config, r.state)
	return r
}

// margin is the part of the time to stop that a server has to end after its connections were closed.
func (r *run) margin() time.Duration { return min(time.Second, r.config.StopTimeout/10) }

// limit returns a context that ends d after the service was told to stop.
func (r *run) limit(d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.told))
	forget := context.AfterFunc(r.told, func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { forget(); cancel() }
}

// state returns what the health endpoint shows. Nobody asks before the service is registered, because it does not serve yet.
func (r *run) state() string {
	if r.told.Err() != nil {
		return "stopping"
	}
	for _, store := range r.stores {
		if !usable(store) {
			return "no keys"
		}
	}
	if r.plugins != nil && r.plugins.missing.Load() {
		return "no plugins"
	}
	return ready
}

// run prepares, registers, serves and stops.
func (r *run) run(build func(app *App) (Server, error)) error {
	r.logger.Info("starting", "version", r.config.Version)
	server, err := r.prepare(build)
	if err == nil && r.told.Err() == nil {
		err = r.register()
	}
	if err != nil || r.told.Err() != nil && !r.registered() {
		return r.notStarted(err)
	}
	if err := r.confirmPlugins(); err != nil {
		return r.withdraw(err)
	}
	s := r.serve(server)
	if r.plugins != nil {
		go r.watchPlugins()
	}
	select {
	case <-s.done:
	case <-r.told.Done():
	}
	return r.stop(s)
}

// registered reports whether the registration succeeded.
func (r *run) registered() bool { return r.left != nil }

// notStarted returns the error of Run for a service that did not begin to serve. If it was told to stop, that is not a failure,
// unless something may be left on the gateway.
func (r *run) notStarted(err error) error {
	switch {
	case r.told.Err() == nil:
		return &failure{ErrStart, r.config.Name, err}
	case errors.Is(err, errLate) || staysRegistered(err):
		return &failure{ErrStop, r.config.Name, err}
	}
	r.logger.Info("told to stop before it served", "cause", err)
	return nil
}

// errLate is the error of a step that did not end before the time to stop.
var errLate = errors.New("the time to stop has ended")

// errEnded is the error of a function that has ended its goroutine and did not return.
var errEnded = errors.New("a function of the Config, or the one that makes the routes, called runtime.Goexit: " +
	"return an error in place of FailNow or Fatal of a test")

// await calls f and returns what it returns. If the time to stop ends before, await returns errLate, and f is given up.
func await[T any](r *run, what string, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		got := result{err: errEnded}
		defer func() {
			if p := recover(); p != nil {
				panic(p) // ends the process, before Run can return
			}
			done <- got
		}()
		got.value, got.err = f()
	}()
	select {
	case got := <-done:
		return got.value, got.err
	case <-r.deadline.Done():
		var none T
		return none, fmt.Errorf("%w: %s", errLate, what)
	}
}

// prepare opens the keys, makes the routes, and listens.
func (r *run) prepare(build func(app *App) (Server, error)) (Server, error) {
	policy, err := await(r, "Config.Policy has not returned; it must return when its context ends", r.open)
	r.stores, r.policy = policy.stores, policy.chain
	if err != nil || r.told.Err() != nil {
		return nil, err
	}
	app := &App{Chain: r.chain(policy.chain), Policies: r.config.file.policies(), Logger: r.config.Logger,
		ctx: r.told, endpoints: r.endpoints, published: r.config.published()}
	server, err := await(r, "the function that makes the routes has not returned; it must return when App.Context ends",
		func() (Server, error) { return build(app) })
	if err != nil || r.told.Err() != nil {
		return nil, err
	}
	if server == nil {
		return nil, errors.New("the function that makes the routes returned no Server: return service.HTTP(handler), nil")
	}
	if !app.checked {
		r.logger.Warn("nobody has checked that each route has a guard: call App.Check in the function that makes the routes")
	}
	l, err := r.config.listen()
	if err != nil {
		return nil, err
	}
	r.listener = track(l)
	r.logger.Info("listening", "address", l.Addr().String())
	return server, nil
}

// opened is what a [Policy] has opened.
type opened struct {
	chain  *core.SecurityChain
	stores []io.Closer
}

// open makes the chain and opens the keys.
func (r *run) open() (opened, error) {
	chain, stores, err := r.config.Policy(context.WithValue(r.told, loggerKey{}, r.logger))
	stores = slices.DeleteFunc(stores, func(c io.Closer) bool { return c == nil })
	switch {
	case err != nil:
		return opened{nil, stores}, err
	case chain == nil:
		return opened{nil, stores}, errors.New("Config.Policy returned no chain and no error: " +
			"return the chain of core.NewSecurityChain")
	}
	return opened{chain, stores}, nil
}

// chain returns the chain for the routes, which writes to the logger of the Config, if there is one.
func (r *run) chain(c *core.SecurityChain) *core.SecurityChain {
	if r.chainLogger != nil {
		return c.WithLogger(r.chainLogger)
	}
	return c
}

// server is a Server that runs.
type server struct {
	done chan struct{} // closed when it has ended
	err  error         // read after done
	end  context.CancelFunc
}

// serve starts the server.
func (r *run) serve(serve Server) *server {
	ctx, end := context.WithCancel(context.WithoutCancel(r.told))
	s := &server{done: make(chan struct{}), end: end}
	var l net.Listener = r.listener
	if r.config.TLS != nil {
		l = tlsListener(r.listener, r.config.TLS)
	}
	r.logger.Info("serving", "address", l.Addr().String())
	go func() {
		defer close(s.done)
		defer func() {
			if p := recover(); p != nil {
				r.logger.Error("the server panicked", "panic", p, "stack", string(debug.Stack()))
				s.err = fmt.Errorf("the server panicked: %v", p)
			}
		}()
		s.err = serve(ctx, l, r.endpoints.answer)
	}()
	return s
}
