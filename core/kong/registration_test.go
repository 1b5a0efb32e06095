package kong_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/kong"
)

type word string

func TestRegistrations(t *testing.T) {
	for name, c := range map[string]struct {
		registration plugins
		groups       bool
		says         string // empty: the registration is good
	}{
		"jwt":                         {jwtPlugin(nil), false, ""},
		"jwt, lists of other types":   {jwtPlugin(map[string]any{"uri_param_names": []any{}, "header_names": []word{"authorization"}}), false, ""},
		"key-auth":                    {keyPlugin(nil), false, ""},
		"basic-auth":                  {plugins{"basic-auth": nil}, false, ""},
		"hmac-auth":                   {plugins{"hmac-auth": {}}, false, ""},
		"oauth2":                      {plugins{"oauth2": {"hide_credentials": true}}, false, ""},
		"jwt and key-auth":            {join(jwtPlugin(map[string]any{"anonymous": "guest"}), keyPlugin(map[string]any{"anonymous": "guest"})), false, ""},
		"key-auth and basic-auth":     {join(keyPlugin(nil), plugins{"basic-auth": nil}), false, ""},
		"with others":                 {join(keyPlugin(nil), plugins{"cors": nil, "rate-limiting": {"minute": 5}}), false, ""},
		"acl, not for groups":         {join(keyPlugin(nil), aclPlugin(map[string]any{"hide_groups_header": true})), false, ""},
		"acl":                         {join(keyPlugin(nil), aclPlugin(nil)), true, ""},
		"acl of Kong 3":               {join(keyPlugin(nil), aclPlugin(map[string]any{"always_use_authenticated_groups": false})), true, ""},
		"none":                        {nil, false, "has none of the plugins jwt, key-auth, basic-auth, hmac-auth, oauth2"},
		"others alone":                {plugins{"cors": nil, "acl": {}, "ldap-auth": {}, "session": {}, "openid-connect": {}}, false, "has none of the plugins"},
		"another spelling":            {plugins{"Key-Auth": {"run_on_preflight": true}, "keyauth": {}, "key_auth": {}}, false, "has none of the plugins"},
		"jwt, not on OPTIONS":         {jwtPlugin(map[string]any{"run_on_preflight": false}), false, "the plugin jwt must set run_on_preflight to true"},
		"jwt, perhaps not on OPTIONS": {jwtPlugin(map[string]any{"run_on_preflight": nil}), false, "the plugin jwt must set run_on_preflight to true"},
		"jwt, as a text":              {jwtPlugin(map[string]any{"run_on_preflight": "true"}), false, "the plugin jwt must set run_on_preflight to true"},
		"jwt, from the query":         {jwtPlugin(map[string]any{"uri_param_names": []string{"jwt"}}), false, "the plugin jwt must set uri_param_names to []"},
		"jwt, perhaps from the query": {jwtPlugin(map[string]any{"uri_param_names": nil}), false, "the plugin jwt must set uri_param_names to []"},
		"jwt, null":                   {jwtPlugin(map[string]any{"uri_param_names": []string(nil)}), false, "the plugin jwt must set uri_param_names to []"},
		"jwt, from cookies":           {jwtPlugin(map[string]any{"cookie_names": []string{"session"}}), false, "the plugin jwt must set cookie_names to []"},
		"jwt, perhaps from cookies":   {jwtPlugin(map[string]any{"cookie_names": nil}), false, "the plugin jwt must set cookie_names to []"},
		"jwt, from another header":    {jwtPlugin(map[string]any{"header_names": []string{"authorization", "x-token"}}), false, `must set header_names to ["authorization"]`},
		"jwt, perhaps from another":   {jwtPlugin(map[string]any{"header_names": nil}), false, `must set header_names to ["authorization"]`},
		"jwt, from no header":         {jwtPlugin(map[string]any{"header_names": []string{}}), false, `must set header_names to ["authorization"]`},
		"jwt, times of both kinds":    {jwtPlugin(map[string]any{"claims_to_verify": []string{"nbf", "exp"}}), false, ""},
		"jwt, expired":                {jwtPlugin(map[string]any{"claims_to_verify": nil}), false, "the gateway accepts expired tokens"},
		"jwt, expired, null":          {jwtPlugin(map[string]any{"claims_to_verify": []string(nil)}), false, "the gateway accepts expired tokens"},
		"jwt, expired, nbf alone":     {jwtPlugin(map[string]any{"claims_to_verify": []string{"nbf"}}), false, "the gateway accepts expired tokens"},
		"jwt, any claim":              {jwtPlugin(map[string]any{"key_claim_name": nil}), false, "must set key_claim_name"},
		"jwt, an empty claim":         {jwtPlugin(map[string]any{"key_claim_name": ""}), false, "must set key_claim_name"},
		"jwt and basic-auth":          {join(jwtPlugin(nil), plugins{"basic-auth": nil}), false, "jwt and basic-auth must not be in one registration"},
		"jwt and hmac-auth":           {join(jwtPlugin(nil), plugins{"hmac-auth": nil}), false, "jwt and hmac-auth must not be"},
		"jwt and oauth2":              {join(jwtPlugin(nil), plugins{"oauth2": {"hide_credentials": true}}), false, "jwt and oauth2 must not be"},
		"key-auth, not on OPTIONS":    {keyPlugin(map[string]any{"run_on_preflight": false}), false, "key-auth must set run_on_preflight to true"},
		"key-auth, perhaps not":       {plugins{"key-auth": nil}, false, "key-auth must set run_on_preflight to true"},
		"oauth2, tokens arrive":       {plugins{"oauth2": {"hide_credentials": false}}, false, "oauth2 must set hide_credentials to true"},
		"oauth2, perhaps":             {plugins{"oauth2": nil}, false, "oauth2 must set hide_credentials to true"},
		"no acl":                      {keyPlugin(nil), true, "Groups needs the plugin acl"},
		"acl alone":                   {aclPlugin(nil), true, "has none of the plugins"},
		"acl hides":                   {join(keyPlugin(nil), aclPlugin(map[string]any{"hide_groups_header": true})), true, "acl must set hide_groups_header to false"},
		"acl perhaps hides":           {join(keyPlugin(nil), aclPlugin(map[string]any{"hide_groups_header": nil})), true, "acl must set hide_groups_header to false"},
		"acl, groups of others":       {join(keyPlugin(nil), aclPlugin(map[string]any{"always_use_authenticated_groups": true})), true, "must not set always_use_authenticated_groups"},
		"acl, as a text":              {join(keyPlugin(nil), aclPlugin(map[string]any{"always_use_authenticated_groups": "false"})), true, "must not set always_use"},
		"not JSON":                    {join(keyPlugin(nil), plugins{"cors": {"f": func() {}}}), false, `the plugin "cors" cannot be written as JSON`},
	} {
		t.Run(name, func(t *testing.T) {
			p := kong.New(kong.Config{Peers: []string{"10.0.1.7"}, Groups: c.groups})
			err := p.CheckRegistration(c.registration)
			req := request(gateway, consumerLines(keyID, "X-Consumer-Groups:")...)
			if c.says == "" {
				require.NoError(t, err)
				assert.Equal(t, served, ask(t, req, p))
				return
			}
			require.ErrorContains(t, err, c.says)
			assert.True(t, strings.HasPrefix(err.Error(), "kong: "), err)
			assert.Equal(t, "503 registration_unchecked", ask(t, req, p))
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	p := kong.New(kong.Config{Peers: []string{"10.0.1.7"}, Groups: true})
	err := p.CheckRegistration(plugins{"jwt": {"secret": "hunter2", "run_on_preflight": "hunter2"}, "acl": {"allow": []string{"hunter2"}}})
	for _, field := range []string{"run_on_preflight", "uri_param_names", "cookie_names", "header_names", "key_claim_name", "claims_to_verify",
		"hide_groups_header"} {
		assert.ErrorContains(t, err, field)
	}
	assert.NotContains(t, err.Error(), "hunter2", "a configuration may have secrets")
}

// TestKeyAuthInOneRegistration has the identifier of an API key in a token that nobody has verified.
func TestKeyAuthInOneRegistration(t *testing.T) {
	both := join(jwtPlugin(nil), keyPlugin(nil))
	for name, registrations := range map[string][]plugins{"first": {both, jwtPlugin(nil)}, "second": {jwtPlugin(nil), both}} {
		p := kong.New(kong.Config{Peers: []string{"10.0.1.7"}})
		for _, r := range registrations {
			require.NoError(t, p.CheckRegistration(r), name)
		}
		assert.Equal(t, "401 credential_mismatch", ask(t, request(gateway, consumerLines(keyID, bearer(keyID))...), p), name)
	}
	alone := checked(t, jwtPlugin(nil))
	assert.Equal(t, served, ask(t, request(gateway, consumerLines(keyID, bearer(keyID))...), alone), "an issuer may be a UUID")
}

// TestSeveralRegistrations has two registrations that lead to one service.
func TestSeveralRegistrations(t *testing.T) {
	iss, client := jwtPlugin(nil), jwtPlugin(map[string]any{"key_claim_name": "client"})
	for name, c := range map[string]struct {
		first, second plugins
		says          string
	}{
		"the same":            {iss, jwtPlugin(nil), ""},
		"others without jwt":  {keyPlugin(nil), plugins{"basic-auth": nil}, ""},
		"jwt, and key-auth":   {iss, keyPlugin(nil), "disagree"},
		"key-auth, and jwt":   {keyPlugin(nil), iss, "disagree"},
		"another claim":       {iss, client, "disagree"},
		"one without plugins": {iss, nil, "has none of the plugins"},
	} {
		t.Run(name, func(t *testing.T) {
			p := kong.New(kong.Config{Peers: []string{"10.0.1.7"}})
			require.NoError(t, p.CheckRegistration(c.first))
			err := p.CheckRegistration(c.second)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
			assert.Equal(t, "503 registration_unchecked", ask(t, request(gateway, consumerLines("x")...), p))
		})
	}
}

// TestCheckWhileServing checks registrations while requests come.
func TestCheckWhileServing(t *testing.T) {
	p := kong.New(kong.Config{Peers: []string{"10.0.1.7"}})
	chain, err := core.NewSecurityChain(p)
	require.NoError(t, err)
	chain = chain.WithLogger(slog.New(slog.DiscardHandler))
	req := request(gateway, consumerLines(keyID)...)
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for range 50 {
				var res coretest.Recorder
				_, pass := chain.Guard(t.Context(), req, &res)
				assert.True(t, pass || res.Status == 503)
			}
		})
		asking.Go(func() { assert.NoError(t, p.CheckRegistration(keyPlugin(nil))) })
	}
	asking.Wait()
	assert.Equal(t, served, ask(t, req, p))
}

// TestCheckGateway has a gateway that loses a plugin and gets it back.
func TestCheckGateway(t *testing.T) {
	good, req := join(keyPlugin(nil), aclPlugin(nil)), request(gateway, consumerLines(keyID, "X-Consumer-Groups: ")...)
	const refused = "503 registration_unchecked"
	p := checked(t, good)
	for _, c := range []struct {
		what string
		has  plugins
		says string
		want string
	}{
		{"as registered", good, "", served},
		{"none", nil, "has none of the plugins", refused},
		{"acl alone", aclPlugin(nil), "has none of the plugins", refused},
		{"key-auth alone", keyPlugin(nil), "Groups needs the plugin acl", refused},
		{"as registered again", good, "", served},
	} {
		err := p.CheckGateway(c.has)
		if c.says == "" {
			require.NoError(t, err, c.what)
		} else {
			require.ErrorContains(t, err, c.says, c.what)
		}
		assert.Equal(t, c.want, ask(t, req, p), c.what)
	}
	require.Error(t, p.CheckGateway(nil))
	require.NoError(t, p.CheckRegistration(good))
	assert.Equal(t, refused, ask(t, req, p), "the description does not say what the gateway has")
	require.Error(t, p.CheckRegistration(nil))
	require.NoError(t, p.CheckGateway(good))
	assert.Equal(t, refused, ask(t, req, p), "the gateway does not make up for a registration that was refused")

	p = kong.New(kong.Config{Peers: []string{"10.0.1.0/28"}})
	require.NoError(t, p.CheckGateway(good))
	assert.Equal(t, refused, ask(t, req, p), "the registration was not checked")
}
