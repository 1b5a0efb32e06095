package service

import (
	"errors"

	"github.com/microkubes/microkubes-go/registrator"
)

// register registers the service, and keeps it registered until it is told to stop.
func (r *run) register() error {
	if r.config.WithoutGateway {
		r.logger.Warn("the service is not registered with a gateway")
		return nil
	}
	instance, err := r.config.description(r.listener.Addr())
	if err != nil {
		return err
	}
	kong, err := registrator.NewKong(r.config.GatewayURL, r.config.Gateway)
	if err != nil {
		return err
	}
	r.instance = instance
	if err := r.preparePlugins(kong); err != nil || r.told.Err() != nil {
		return err
	}
	if instance.Instance != "" {
		r.logger.Info("registering with the gateway", "instance", instance.Instance)
	} else {
		r.logger.Info("registering with the gateway", "host", instance.Host, "port", instance.Port)
	}
	r.left, err = await(r, r.mayBeLeft(), func() (<-chan error, error) { return kong.Start(r.told, instance) })
	return err
}

// mayBeLeft names what the gateway may still have.
func (r *run) mayBeLeft() string {
	if r.instance.Instance == "" {
		return "what may be left on the gateway: service and route " + r.config.Name
	}
	return "what may be left on the gateway: target " + r.instance.Instance + " of " + r.config.Name
}

// withdraw leaves the gateway and returns the error of Run for a service that has registered and cannot serve.
func (r *run) withdraw(err error) error {
	r.tell()
	err = &failure{ErrStart, r.config.Name, err}
	if left := r.leave(); left != nil {
		return errors.Join(err, &failure{ErrStop, r.config.Name, left})
	}
	return err
}
