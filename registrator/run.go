package registrator

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// leaveTimeout bounds a deregistration after the end of a context, below the 30 seconds that Kubernetes gives a process to
// end.
const leaveTimeout = 10 * time.Second

// Start registers the service like [Kong.Register], and then keeps it registered in the background until ctx ends: every
// [Config.CheckEvery] it looks at the gateway and repairs what is no longer as described. Then it deregisters, within 10
// seconds of its own since ctx is over. A write that is under way at that moment is waited for, up to 3 seconds.
//
// The channel has the error of the deregistration, or nil, once the instance has left, and is then closed. Receive from it
// before the process ends: until then the gateway may send requests here.
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
// When the first registration fails, or ctx ends during it, Start takes back what it may have written for this instance and
// returns the error: the service should stop. With [Service.Instance] a ctx that has ended always takes the target of this
// instance away, also where an earlier call registered it. Later failures are logged, and tried again.
//
// Without Instance other processes may stand behind Host, so the registration is left in place unless
// [Service.RemoveWhenLast] says that there are none.
//
// The description is copied: it may be changed after Start has returned.
func (k *Kong) Start(ctx context.Context, service Service) (left <-chan error, err error) {
	service = service.clone()
	if err := k.begin(ctx, service); err != nil {
		return nil, err
	}
	end := make(chan error, 1)
	go func() {
		defer close(end)
		end <- k.keep(ctx, service)
	}()
	return end, nil
}

// Run is Start for a goroutine of the caller's: it returns when the service has left. A program that does not wait for it may
// end before that, with its target left behind; [Kong.Start] makes that harder to forget.
//
// Between a Register and a Run that follows it the service is on the gateway and nobody looks after it: call Run although
// ctx has ended meanwhile, or Deregister.
func (k *Kong) Run(ctx context.Context, service Service) error {
	service = service.clone()
	if err := k.begin(ctx, service); err != nil {
		return err
	}
	return k.keep(ctx, service)
}

// begin is the first registration. Where it fails, nothing must be half there when the process has gone.
func (k *Kong) begin(ctx context.Context, service Service) error {
	k.warn(service)
	done, err := k.register(ctx, service)
	switch ended := ctx.Err() != nil; {
	case err == nil:
		k.config.Logger.InfoContext(ctx, "registered with the gateway", "service", service.Name)
		return nil
	case errors.Is(err, ErrInvalid) && !done.wrote: // it may have no address, and is not there
		return err
	case service.Instance != "" && (done.wrote || ended), done.wrote && ended:
		return k.takeBack(ctx, service, done, err)
	}
	return err
}

// takeBack leaves after a registration that failed. A write without an answer may be done after the last look.
func (k *Kong) takeBack(ctx context.Context, service Service, done done, err error) error {
	left := k.leave(ctx, service, done.unsure)
	var e *Error
	if left == nil && done.unsure && errors.As(err, &e) {
		e.addMessage("a write had no answer, so that this may be left on the gateway: " + service.registered())
	}
	return errors.Join(err, left)
}

// keep looks after the registration until ctx ends, and then takes it away.
func (k *Kong) keep(ctx context.Context, service Service) error {
	unsure := false
	for k.sleep(ctx) {
		done, err := k.register(ctx, service)
		if unsure = done.unsure; err != nil && ctx.Err() == nil {
			k.config.Logger.ErrorContext(ctx, "the registration could not be checked", "service", service.Name, "error", err)
		}
	}
	return k.leave(ctx, service, unsure)
}

// sleep waits for the next check. It is false when ctx ended first.
func (k *Kong) sleep(ctx context.Context) bool {
	spread := k.config.CheckEvery / 5
	return pause(ctx, k.config.CheckEvery-spread+rand.N(2*spread+1))
}

// leave deregisters after the end of ctx, with its values. It is unsure where a write had no answer: the gateway may do it
// still, so that a second look follows the first.
func (k *Kong) leave(ctx context.Context, service Service, unsure bool) error {
	if service.Instance == "" && !service.RemoveWhenLast {
		k.config.Logger.InfoContext(ctx, "left on the gateway: others may stand behind its host", "service", service.Name)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	err := k.Deregister(ctx, service)
	if err == nil && unsure && pause(ctx, writeGrace) {
		err = k.Deregister(ctx, service)
	}
	var e *Error
	if !errors.As(err, &e) {
		k.config.Logger.InfoContext(ctx, "deregistered from the gateway", "service", service.Name)
		return nil
	}
	if !errors.Is(e, ErrNotOurs) { // which says what stays, and why
		e.addMessage("what may be left on the gateway: " + service.registered())
	}
	return err
}

// registered names what a registration makes, as errors call it.
func (s Service) registered() string {
	switch {
	case s.Instance == "":
		return "service and route " + s.Name
	case s.RemoveWhenLast:
		return s.desiredTarget().what + ", and, where no other instance is there, service, route and upstream"
	}
	return s.desiredTarget().what
}
