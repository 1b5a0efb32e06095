package registrator

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// leaveTimeout limits the deregistration after a context has ended. With writeGrace before and after it, leaving takes at most 16
// seconds, less than the 30 after which Kubernetes kills a process.
const leaveTimeout = 10 * time.Second

// Start registers the service like [Kong.Register] and then keeps it registered in the background until ctx ends: every
// [Config.CheckEvery] it reads the gateway and repairs what differs from the description. When ctx ends, it waits up to 3 seconds
// for a write in progress, and then deregisters within 10 seconds, or 13 if a write is in progress when they end.
//
// When the instance has left, the channel receives the error of the deregistration, or nil, and is closed. Receive from it before
// the process ends: until then the gateway may send requests to the instance.
//
//	left, err := gateway.Start(ctx, service)
//	if err != nil {
//		log.Fatal(err)
//	}
//	// serve until ctx ends
//	if err := <-left; err != nil {
//		log.Print(err)
//	}
//
// If the first registration fails, or ctx ends during it, Start removes what it may have written for this instance and returns
// the error; the service should stop. With [Service.Instance], if ctx has ended, Start always removes the target of this
// instance, also if an earlier call registered it. Later failures are logged and retried.
//
// Without Instance, Host may lead to other processes, so the registration is kept unless [Service.RemoveWhenLast] is set.
//
// Start copies the description, which may be changed after Start has returned.
func (k *Kong) Start(ctx context.Context, service Service) (left <-chan error, err error) {
	service = service.clone()
	unsure, err := k.begin(ctx, service)
	if err != nil {
		return nil, err
	}
	end := make(chan error, 1)
	go func() {
		defer close(end)
		end <- k.keep(ctx, service, unsure)
	}()
	return end, nil
}

// Run is like Start, in the caller's goroutine: it returns when the service has left. A program that does not wait for Run may
// end earlier and leave its target behind, which is harder to forget with [Kong.Start].
//
// After a successful Register, call Run or Deregister even if ctx has ended meanwhile. Otherwise the service stays registered.
func (k *Kong) Run(ctx context.Context, service Service) error {
	service = service.clone()
	unsure, err := k.begin(ctx, service)
	if err != nil {
		return err
	}
	return k.keep(ctx, service, unsure)
}

// begin does the first registration. If it fails, no part of it may be left behind. If it succeeds, unsure is that of [done].
func (k *Kong) begin(ctx context.Context, service Service) (unsure bool, err error) {
	k.warn(service)
	done, err := k.register(ctx, service)
	switch ended := ctx.Err() != nil; {
	case err == nil:
		k.config.Logger.InfoContext(ctx, "registered with the gateway", "service", service.Name)
	case errors.Is(err, ErrInvalid) && !done.wrote: // nothing was written, and the description may have no address
	case service.Instance != "" && (done.wrote || ended), done.wrote && ended:
		err = k.takeBack(ctx, service, done, err)
	}
	return done.unsure, err
}

// takeBack leaves after a registration that failed. The gateway may do a write without an answer even later.
func (k *Kong) takeBack(ctx context.Context, service Service, done done, err error) error {
	left := k.leave(ctx, service, done.unsure)
	var e *Error
	if left == nil && done.unsure && errors.As(err, &e) {
		e.addMessage("a write had no answer, so this may be left on the gateway: " + service.registered())
	}
	return errors.Join(err, left)
}

// keep checks and repairs the registration until ctx ends, and then leaves. A write of the last registration or check may still
// be done if it was unsure. Earlier writes are not expected any more.
func (k *Kong) keep(ctx context.Context, service Service, unsure bool) error {
	for k.sleep(ctx) {
		done, err := k.register(ctx, service)
		if unsure = done.unsure; err != nil && ctx.Err() == nil {
			k.config.Logger.ErrorContext(ctx, "the registration could not be checked", "service", service.Name, "error", err)
		}
	}
	return k.leave(ctx, service, unsure)
}

// sleep waits for the next check. It reports false if ctx ended first.
func (k *Kong) sleep(ctx context.Context) bool {
	spread := k.config.CheckEvery / 5
	return pause(ctx, k.config.CheckEvery-spread+rand.N(2*spread+1))
}

// leave deregisters after ctx has ended, with the values of ctx. If a write had no answer (unsure), the gateway may still do it,
// so leave deregisters a second time.
func (k *Kong) leave(ctx context.Context, service Service, unsure bool) error {
	if service.Instance == "" && !service.RemoveWhenLast {
		k.config.Logger.InfoContext(ctx, "left registered: other processes may use the same host", "service", service.Name)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	err := k.Deregister(ctx, service)
	if err == nil && unsure {
		pause(ctx, writeGrace)
		err = k.Deregister(ctx, service) // fails if ctx has ended
	}
	var e *Error
	if !errors.As(err, &e) {
		k.config.Logger.InfoContext(ctx, "deregistered from the gateway", "service", service.Name)
		return nil
	}
	if !errors.Is(e, ErrNotOurs) { // its message says what stays
		e.addMessage("what may be left on the gateway: " + service.registered())
	}
	return err
}

// registered returns the entities of a registration, for an error.
func (s Service) registered() string {
	switch {
	case s.Instance == "":
		return "service and route " + s.Name
	case s.RemoveWhenLast:
		return s.desiredTarget().what + ", and, if no other instance is registered, service, route and upstream"
	}
	return s.desiredTarget().what
}
