package kong

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// registration is what a provider knows of the registrations that lead to its service.
type registration struct {
	keyClaim string // of the jwt plugin: the claim that names the credential; "" without the plugin
	keyAuth  bool   // one of them has the plugin key-auth
}

// The plugins that authenticate a consumer and set or clear each header that names one.
var authenticators = []string{"jwt", "key-auth", "basic-auth", "hmac-auth", "oauth2"}

// CheckRegistration checks that the registration of the service carries the plugins that set or clear each header that the
// provider reads, and lets the provider authenticate requests if so. plugins has the configuration of each plugin by the name of
// the plugin, as registrator.Service.PluginConfigs returns it. The package documentation says what a registration needs.
//
// Several registrations may lead to one service. Call CheckRegistration for each of them: a single one without the plugin lets
// clients name themselves. After an error the provider refuses every request, whatever is checked later. The error says what to
// change, and shows no value of a configuration.
//
// Call it once the gateway has loaded the plugins: see "When to check" in the package documentation.
func (p *Provider) CheckRegistration(plugins map[string]map[string]any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed != nil {
		return fmt.Errorf("kong: a registration was refused before, and the provider stays closed until the service starts with "+
			"another registration: %w", p.failed)
	}
	reg, err := checkPlugins(plugins, p.config.Groups)
	if known := p.checked.Load(); err == nil && known != nil {
		if reg.keyAuth = reg.keyAuth || known.keyAuth; reg.keyClaim != known.keyClaim {
			err = errors.New("the registrations of this service disagree on the jwt plugin and its key_claim_name: " +
				"make them equal")
		}
	}
	if err != nil {
		p.failed = err
		p.checked.Store(nil)
		return fmt.Errorf("kong: %w", err)
	}
	p.checked.Store(reg)
	return nil
}

// CheckGateway checks the plugins that the gateway has now, as registrator.Kong.AppliedPlugins returns them, in the same way as
// CheckRegistration checks the description. The last call counts: while it has failed, the provider refuses every request with
// 503, whatever CheckRegistration has found. If several registrations lead to the service, pass the plugins that all of them
// have.
func (p *Provider) CheckGateway(plugins map[string]map[string]any) error {
	_, err := checkPlugins(plugins, p.config.Groups)
	p.closed.Store(err != nil)
	if err != nil {
		return fmt.Errorf("kong: %w", err)
	}
	return nil
}

// checkPlugins returns what a registration says, or all that it lacks.
func checkPlugins(plugins map[string]map[string]any, groups bool) (*registration, error) {
	c := checker{plugins: make(map[string]map[string]any, len(plugins))}
	for name, config := range plugins {
		c.plugins[name] = c.decoded(name, config)
	}
	if !slices.ContainsFunc(authenticators, c.has) {
		c.refuse("the registration has none of the plugins %s: without one, the client's own headers reach the service",
			strings.Join(authenticators, ", "))
	}
	c.checkJWT()
	c.found.keyAuth = c.has("key-auth")
	c.require("key-auth", "run_on_preflight", true, preflight)
	c.require("oauth2", "hide_credentials", true, "the plugin does not say which token it has verified")
	if groups {
		c.checkACL()
	}
	return &c.found, errors.Join(c.errs...)
}

const preflight = "otherwise the client's own headers reach the service with the method OPTIONS"

// checker checks the plugins of one registration.
type checker struct {
	plugins map[string]map[string]any // as decoded from JSON
	found   registration
	errs    []error
}

func (c *checker) refuse(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

func (c *checker) has(plugin string) bool {
	_, ok := c.plugins[plugin]
	return ok
}

// decoded returns a configuration as decoded from JSON, so that a list of any type can be compared.
func (c *checker) decoded(name string, config map[string]any) (decoded map[string]any) {
	text, err := json.Marshal(config)
	if err == nil {
		err = json.Unmarshal(text, &decoded)
	}
	if err != nil {
		c.refuse("the configuration of the plugin %q cannot be written as JSON", name)
	}
	return decoded
}

// require refuses a registration whose plugin does not set a field to a value. The default of the gateway does not count: the
// registrator keeps what is described, and anybody with access to the gateway may change the rest.
func (c *checker) require(plugin, field string, value any, reason string) {
	if !c.has(plugin) {
		return
	}
	if !equal(c.plugins[plugin][field], value) {
		text, _ := json.Marshal(value)
		c.refuse("the plugin %s must set %s to %s: %s", plugin, field, text, reason)
	}
}

// equal compares two values of JSON.
func equal(have, want any) bool {
	if list, ok := want.([]any); ok {
		l, ok := have.([]any)
		return ok && slices.EqualFunc(l, list, equal)
	}
	return have == want
}

// checkJWT checks that the jwt plugin takes tokens from the Authorization header alone. From elsewhere it could take one token,
// and the service another: Kong 2 verifies the one in the query and ignores the one in the header.
func (c *checker) checkJWT() {
	const places = "the plugin must read the Authorization header alone, as the service does"
	c.require("jwt", "run_on_preflight", true, preflight)
	c.require("jwt", "uri_param_names", []any{}, places)
	c.require("jwt", "cookie_names", []any{}, places)
	c.require("jwt", "header_names", []any{"authorization"}, places)
	if !c.has("jwt") {
		return
	}
	claim, _ := c.plugins["jwt"]["key_claim_name"].(string)
	if claim == "" {
		c.refuse(`the plugin jwt must set key_claim_name to the claim that names the credential, "iss" by default`)
	}
	c.found.keyClaim = claim
	if list, _ := c.plugins["jwt"]["claims_to_verify"].([]any); !slices.Contains(list, any("exp")) {
		c.refuse(`the plugin jwt must set claims_to_verify to ["exp"] or ["exp","nbf"]: otherwise ` +
			"the gateway accepts expired tokens")
	}
	for _, other := range authenticators {
		if other != "jwt" && other != "key-auth" && c.has(other) {
			c.refuse("the plugins jwt and %s must not be in one registration: their identifiers may be equal", other)
		}
	}
}

// checkACL checks that the acl plugin sets the header of groups on every request with a consumer.
func (c *checker) checkACL() {
	if !c.has("acl") {
		c.refuse("Groups needs the plugin acl: without it, the client's own X-Consumer-Groups reaches the service")
		return
	}
	c.require("acl", "hide_groups_header", false, "otherwise the client's own X-Consumer-Groups reaches the service")
	if always := c.plugins["acl"]["always_use_authenticated_groups"]; always != nil && always != false {
		c.refuse("the plugin acl must not set always_use_authenticated_groups: if it uses another header for the groups, the " +
			"client's own X-Consumer-Groups reaches the service")
	}
}
