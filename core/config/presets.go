package config

import (
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// preset is a preset of package oidc. Its fields are the arguments of the function.
type preset struct {
	name   string
	fields []field
	config func(n *jsonfile.Node) oidc.Config
}

// one is an argument that is a text, and some is one that is a list of them.
func one(name, doc string) field {
	return field{name: name, kind: text, required: true, filled: true, doc: doc}
}

func some(name, doc string) field {
	return field{name: name, kind: texts, required: true, filled: true, doc: doc}
}

var (
	issuerURL  = one("issuer", "The URL of the issuer, exactly as in its discovery document.")
	audience   = one("audience", "The name of this service, which a token must have in aud.")
	clientIDs  = some("clients", "The client IDs whose tokens are for this service.")
	apiID      = one("api", "The application (client) ID of this API.")
	tenantIDs  = some("tenants", "The IDs of the directories whose users may call this service.")
	domainName = one("domain", "The domain of the tenant.")
)

var presets = []preset{
	{"auth0", []field{domainName, audience}, func(n *jsonfile.Node) oidc.Config {
		return oidc.Auth0(textOf(n, "domain"), textOf(n, "audience"))
	}},
	{"cognito", []field{one("region", "The region, such as eu-west-1."), one("pool", "The ID of the user pool."), clientIDs},
		func(n *jsonfile.Node) oidc.Config {
			return oidc.Cognito(textOf(n, "region"), textOf(n, "pool"), textsOf(n, "clients")...)
		}},
	{"entra", []field{apiID, tenantIDs}, func(n *jsonfile.Node) oidc.Config {
		return oidc.Entra(textOf(n, "api"), textsOf(n, "tenants")...)
	}},
	{"entra-v1", []field{apiID, tenantIDs}, func(n *jsonfile.Node) oidc.Config {
		return oidc.EntraV1(textOf(n, "api"), textsOf(n, "tenants")...)
	}},
	{"firebase", []field{one("project", "The project ID.")}, func(n *jsonfile.Node) oidc.Config {
		return oidc.Firebase(textOf(n, "project"))
	}},
	{"google", []field{clientIDs}, func(n *jsonfile.Node) oidc.Config { return oidc.Google(textsOf(n, "clients")...) }},
	{"hydra", []field{issuerURL, audience}, func(n *jsonfile.Node) oidc.Config {
		return oidc.Hydra(textOf(n, "issuer"), textOf(n, "audience"))
	}},
	{"issuer", []field{issuerURL, some("audiences", "The names of this service there.")}, func(n *jsonfile.Node) oidc.Config {
		return oidc.Issuer(textOf(n, "issuer"), textsOf(n, "audiences")...)
	}},
	{"keycloak", []field{one("realm", "The URL of the realm."), one("client", "The client ID of this service.")},
		func(n *jsonfile.Node) oidc.Config { return oidc.Keycloak(textOf(n, "realm"), textOf(n, "client")) }},
	{"kubernetes", []field{issuerURL, audience}, func(n *jsonfile.Node) oidc.Config {
		return oidc.Kubernetes(textOf(n, "issuer"), textOf(n, "audience"))
	}},
	{"okta", []field{issuerURL, audience}, func(n *jsonfile.Node) oidc.Config {
		return oidc.Okta(textOf(n, "issuer"), textOf(n, "audience"))
	}},
	{"supabase", []field{one("project", "The URL of the project.")}, func(n *jsonfile.Node) oidc.Config {
		return oidc.Supabase(textOf(n, "project"))
	}},
	{"zitadel", []field{domainName, some("audiences", "The ID of the project of this service, or client IDs.")},
		func(n *jsonfile.Node) oidc.Config {
			return oidc.Zitadel(textOf(n, "domain"), textsOf(n, "audiences")...)
		}},
}

// options are the fields that every preset has.
var options = []field{
	{name: "name", kind: text, filled: true, pattern: `^[ -~]*$`, says: "printable ASCII",
		doc: "The name of the provider in logs and events."},
	{name: "rolesClaim", kind: texts, filled: true,
		doc: "The names that lead to the claim with the roles, in place of the preset's."},
	{name: "discoveryUrl", kind: text, pattern: urlPattern, says: urlSays,
		doc: "The URL of the discovery document, if it is not at the issuer."},
	{name: "keysUrl", kind: text, pattern: urlPattern, says: urlSays, doc: "The URL of the key set, in place of discovery."},
	{name: "keysHosts", kind: texts, filled: true, doc: "Hosts whose keys may be fetched from private addresses."},
	{name: "required", kind: flag, doc: "true: the service does not start if the keys cannot be fetched."},
}

// all returns all fields of an object with the preset.
func (p *preset) all() []field {
	chosen := field{name: "preset", kind: text, required: true, oneOf: []string{p.name}, doc: "The function of package oidc."}
	return append(append([]field{chosen}, p.fields...), options...)
}

func presetOf(n *jsonfile.Node, presets []preset) *preset {
	for i := range presets {
		if textOf(n, "preset") == presets[i].name {
			return &presets[i]
		}
	}
	return nil
}

func presetNames(presets []preset) string {
	var names []string
	for _, p := range presets {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// oidcConfig returns the configuration of one provider.
func oidcConfig(n *jsonfile.Node) oidc.Config {
	config := presetOf(n, presets).config(n)
	if name := textOf(n, "name"); name != "" {
		config.Name = name
	}
	if path := textsOf(n, "rolesClaim"); path != nil {
		config.Claims.Roles = []jwt.List{{Path: path}}
	}
	config.Keys.DiscoveryURL = textOf(n, "discoveryUrl")
	if keysURL := textOf(n, "keysUrl"); keysURL != "" {
		config.Keys.KeysURL = keysURL
	}
	config.Keys.KeysHosts = textsOf(n, "keysHosts")
	config.Keys.Required = isSet(n, "required")
	return config
}
