package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/registrator"
)

// gatewayChecker is a provider that believes what plugins of the gateway have found out, such as that of package kong of module
// core.
type gatewayChecker interface {
	core.Provider
	CheckRegistration(plugins map[string]map[string]any) error // what the service registers; an error is final
	CheckGateway(plugins map[string]map[string]any) error      // what the gateway has; the provider is closed until it succeeds
}

// pluginDelay is how long a gateway may take to apply a plugin that was added, changed or enabled: see the documentation of
// package registrator.
const pluginDelay = 10 * time.Second

// plugins watches those plugins on the gateway that providers of the chain depend on.
type plugins struct {
	kong      *registrator.Kong
	service   registrator.Service
	providers []gatewayChecker
	seen      map[string]map[string]any // what the gateway had when it was read last
	missing   atomic.Bool
}

// newPlugins returns nil if no provider depends on the gateway. It refuses a registration that lacks a plugin.
func newPlugins(chain *core.SecurityChain, kong *registrator.Kong, service registrator.Service) (*plugins, error) {
	p := &plugins{kong: kong, service: service}
	for _, provider := range chain.Providers() {
		checker, ok := provider.(gatewayChecker)
		if !ok {
			continue
		}
		if err := checker.CheckRegistration(service.PluginConfigs()); err != nil {
			return nil, fmt.Errorf("Config.Registration.Plugins: %w", err)
		}
		p.providers = append(p.providers, checker)
	}
	if len(p.providers) == 0 {
		return nil, nil
	}
	return p, nil
}

// ready reports whether the gateway already has the plugins, which another instance may have registered.
func (p *plugins) ready(ctx context.Context) (bool, error) {
	now, _, err := p.kong.AppliedPlugins(ctx, p.service)
	if err != nil {
		return false, err
	}
	p.seen = now
	ready := true
	for _, provider := range p.providers {
		ready = ready && provider.CheckGateway(now) == nil
		_ = provider.CheckGateway(nil) // until check succeeds
	}
	return ready, nil
}

// check reads the gateway and checks the plugins that it has had since the last check. A plugin that is new may not be applied
// yet.
func (p *plugins) check(ctx context.Context) error {
	now, omitted, err := p.kong.AppliedPlugins(ctx, p.service)
	if err != nil {
		return err
	}
	before := p.seen
	p.seen = now
	both := map[string]map[string]any{}
	for name, config := range now {
		if _, ok := before[name]; ok {
			both[name] = config
		}
	}
	for _, provider := range p.providers {
		err = errors.Join(err, provider.CheckGateway(both))
	}
	p.missing.Store(err != nil)
	if err == nil {
		return nil
	}
	if len(omitted) == 0 {
		omitted = []string{"a plugin was missing at the last check, and counts from the next one on"}
	}
	return &missingPlugins{fmt.Errorf("the gateway does not apply plugins that identities depend on: %s (%w)",
		strings.Join(omitted, "; "), err)}
}

// missingPlugins is the error of a check that has found that plugins are missing.
type missingPlugins struct{ error }

func (e *missingPlugins) Unwrap() error { return e.error }

// preparePlugins waits until the gateway has applied the plugins, if another instance has registered them. Otherwise
// confirmPlugins waits, when they are registered. Until the target of this instance is registered, no client waits for it.
func (r *run) preparePlugins(kong *registrator.Kong) (err error) {
	if r.plugins, err = newPlugins(r.policy, kong, r.instance); err != nil || r.plugins == nil {
		return err
	}
	ready, err := r.plugins.ready(r.told)
	if err == nil && ready {
		r.awaitPlugins()
		r.awaited = true
	}
	return err
}

// confirmPlugins opens the providers that depend on plugins, or returns why the gateway does not apply these.
func (r *run) confirmPlugins() error {
	if r.plugins == nil {
		return nil
	}
	if !r.awaited {
		if _, err := r.plugins.ready(r.told); err == nil {
			r.awaitPlugins()
		}
	}
	if err := r.plugins.check(r.told); r.told.Err() == nil {
		return err
	}
	return nil // the providers stay closed while the service stops
}

// awaitPlugins waits until the gateway has applied the plugins that it has, or until the service is told to stop.
func (r *run) awaitPlugins() {
	r.logger.Info("waiting until the gateway has applied its plugins", "for", pluginDelay)
	timer := time.NewTimer(pluginDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.told.Done():
	}
}

// watchPlugins checks the plugins until the service is told to stop. If the gateway cannot be read, what was read last counts.
func (r *run) watchPlugins() {
	ticker := time.NewTicker(max(cmp.Or(r.config.Gateway.CheckEvery, 30*time.Second), pluginDelay))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-r.told.Done():
			return
		}
		missed := r.plugins.missing.Load()
		err := r.plugins.check(r.told)
		var missing *missingPlugins
		switch {
		case errors.As(err, &missing):
			r.logger.Error("identities from the gateway are refused", "error", err)
		case err == nil && missed:
			r.logger.Info("identities from the gateway are accepted again")
		}
	}
}
