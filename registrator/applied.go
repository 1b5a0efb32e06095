package registrator

import (
	"context"
	"fmt"
)

// AppliedPlugins reads the gateway and returns the configuration of each described plugin that it applies to every request for
// the service, by the name of the plugin, as [Service.PluginConfigs] does. A provider that relies on a plugin checks it:
// Register writes a plugin, but keeps one that an operator has disabled.
//
// A plugin is left out if the gateway does not have it, or has it with other values of the described fields, or disabled, or if
// a route of the service has a plugin of that name, which takes precedence. omitted has a sentence for each such plugin that
// says what to change. AppliedPlugins writes nothing. Workers of the gateway may apply what it returns seconds later: see "When
// a route is live" above.
func (k *Kong) AppliedPlugins(ctx context.Context, service Service) (
	configs map[string]map[string]any, omitted []string, err error,
) {
	o := &operation{kong: k, name: "read plugins", service: service}
	err = o.repeat(ctx, func(ctx context.Context) ([]Change, error) {
		have, err := o.read(ctx)
		if err != nil {
			return nil, err
		}
		faults := service.pluginFaults(have)
		if err := o.routePlugins(ctx, have, faults); err != nil {
			return nil, err
		}
		configs, omitted = service.PluginConfigs(), nil
		for _, p := range service.Plugins {
			if fault := faults[p.Name]; fault != "" {
				delete(configs, p.Name)
				omitted = append(omitted, fault)
			}
		}
		return nil, nil
	})
	if err != nil {
		return nil, nil, err
	}
	return configs, omitted, nil
}

// pluginFaults returns what is wrong with the plugins of the service, by the name of the plugin.
func (s Service) pluginFaults(have *state) map[string]string {
	faults := map[string]string{}
	for _, p := range s.Plugins {
		d, found := s.desiredPlugin(p), pluginOf(have, p.Name)
		if found == nil {
			faults[p.Name] = fmt.Sprintf("the gateway does not have the %s: it is written when the service registers", d.what)
		} else if _, differs := d.update(found); differs {
			faults[p.Name] = fmt.Sprintf("the %s was changed on the gateway: it is written when the service registers", d.what)
		} else if found["enabled"] != true {
			faults[p.Name] = fmt.Sprintf("the %s is disabled on the gateway: set its field enabled to true", d.what)
		}
	}
	return faults
}

// routePlugins adds the plugins of the service's routes to faults.
func (o *operation) routePlugins(ctx context.Context, have *state, faults map[string]string) error {
	if len(o.service.Plugins) == 0 {
		return nil
	}
	known := o.service.scrubber()
	for _, route := range have.routes {
		name := known.clean(nameOf(route))
		plugins, err := o.list(ctx, "plugins of route "+name, "/routes/"+route.text("id")+"/plugins")
		if err != nil {
			return err
		}
		for _, p := range o.service.Plugins {
			if has(plugins, p.Name) && faults[p.Name] == "" {
				faults[p.Name] = fmt.Sprintf("the route %s has a plugin %s of its own on the gateway, which takes "+
					"precedence over that of service %s: remove it", name, p.Name, o.service.Name)
			}
		}
	}
	return nil
}

// has reports whether a plugin of that name is enabled. Kong skips one that is not, and applies that of the service.
func has(plugins []entity, name string) bool {
	for _, p := range plugins {
		if p.text("name") == name && p["enabled"] != false {
			return true
		}
	}
	return false
}
