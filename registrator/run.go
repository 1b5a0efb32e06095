package registrator

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// leaveTimeout bounds the deregistration of Run, below the 30 seconds that Kubernetes gives a process to end.
const leaveTimeout = 10 * time.Second

// Run registers the service and keeps it registered until ctx ends: every [Config.CheckEvery] it looks at the gateway
// and repairs what is no longer as described. Then it deregisters, within 10 seconds of its own since ctx is over, and
// returns nil, or the error of that.
//
// Without [Service.Instance] other processes may stand behind Host, so the registration is left in place unless
// [Service.RemoveWhenLast] says that there are none.
//
// When the first registration fails, Run takes back what it may have written for this instance and returns the error: the
// service should stop. Later failures are logged, and tried again. A service that must know when it is registered calls
// [Kong.Register] first; Run then writes nothing.
func (k *Kong) Run(ctx context.Context, service Service) error {
	wrote, err := k.register(ctx, service)
	switch {
	case err == nil:
	case wrote && (service.Instance != "" || ctx.Err() != nil): // it must not be half there when the process has gone
		return errors.Join(err, k.leave(ctx, service))
	default:
		return err
	}
	k.config.Logger.InfoContext(ctx, "registered with the gateway", "service", service.Name)
	for k.sleep(ctx) {
		if err := k.Register(ctx, service); err != nil && ctx.Err() == nil {
			k.config.Logger.ErrorContext(ctx, "the registration could not be checked", "service", service.Name, "error", err)
		}
	}
	return k.leave(ctx, service)
}

// sleep waits for the next check. It is false when ctx ended first.
func (k *Kong) sleep(ctx context.Context) bool {
	spread := k.config.CheckEvery / 5
	timer := time.NewTimer(k.config.CheckEvery - spread + rand.N(2*spread+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// leave deregisters after the end of ctx, with its values.
func (k *Kong) leave(ctx context.Context, service Service) error {
	if service.Instance == "" && !service.RemoveWhenLast {
		k.config.Logger.InfoContext(ctx, "left on the gateway: others may stand behind its host", "service", service.Name)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	err := k.Deregister(ctx, service)
	if err == nil {
		k.config.Logger.InfoContext(ctx, "deregistered from the gateway", "service", service.Name)
	}
	return err
}
