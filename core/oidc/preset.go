package oidc

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// asymmetric has the algorithms of providers that let their administrator choose one.
var asymmetric = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

// preset returns what most presets have in common. Discovery leads from the issuer to the keys.
func preset(name, issuer string, algorithms []string, audiences ...string) Config {
	return Config{
		Name: name,
		Keys: keys.RemoteConfig{Issuer: issuer},
		Config: jwt.Config{
			Issuers: []string{issuer}, Audiences: slices.Clone(audiences), Algorithms: slices.Clone(algorithms),
			Types: []string{"JWT", "at+jwt"},
		},
	}
}

// sendAccessToken is the hint for a refusal of what may be an ID token.
const sendAccessToken = "the token may be an ID token: send the access token"

// texts returns the places of a text in top-level claims, in order of preference.
func texts(names ...string) (all []jwt.Text) {
	for _, name := range names {
		all = append(all, jwt.Text{Path: jwt.Path{name}})
	}
	return all
}

// verifiedEmail is the place of an email address that the provider has verified.
var verifiedEmail = jwt.Text{Path: jwt.Path{"email"}, If: jwt.Path{"email_verified"}}

// list returns the place of a list.
func list(form jwt.Form, path ...string) jwt.List { return jwt.List{Path: path, Form: form} }

// absent returns the places of top-level claims.
func absent(names ...string) (all []jwt.Path) {
	for _, name := range names {
		all = append(all, jwt.Path{name})
	}
	return all
}

// value returns the condition that a top-level claim has one of some values.
func value(claim string, oneOf ...string) jwt.Value {
	return jwt.Value{Path: jwt.Path{claim}, OneOf: oneOf}
}

// optional returns the condition that a top-level claim is absent or has one of some values.
func optional(claim string, oneOf ...string) jwt.Value {
	return jwt.Value{Path: jwt.Path{claim}, OneOf: oneOf, Optional: true}
}

// urlOf returns the URL of a domain, without a slash at the end. A domain that is a URL already keeps its scheme.
func urlOf(domain string) string {
	domain = strings.TrimRight(domain, "/")
	if domain == "" || strings.Contains(domain, "://") {
		return domain
	}
	return "https://" + domain
}

// setIssuers sets the issuers. Discovery leads from the first one to the keys.
func (c *Config) setIssuers(issuers ...string) {
	c.Issuers, c.Keys.Issuer = issuers, ""
	if len(issuers) > 0 {
		c.Keys.Issuer = issuers[0]
	}
}
