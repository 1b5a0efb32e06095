// Package kong authenticates requests behind Kong's own authentication plugins, by the headers that these plugins set.
//
// The plugins jwt, key-auth, basic-auth, hmac-auth and oauth2 find a consumer of the gateway and tell the service who it is:
//
//	X-Consumer-ID            its id                              Auth.UserID and Auth.Subject
//	X-Consumer-Username      its name, if it has one             Auth.Username
//	X-Consumer-Custom-ID     its id elsewhere, if it has one     the claim "custom_id"
//	X-Credential-Identifier  the credential that it has used     the claim "credential_identifier"
//	X-Consumer-Groups        its groups, with the plugin acl     Auth.Roles, with Config.Groups
//	X-Anonymous-Consumer     it has not shown a credential       no Auth
//
// With the jwt plugin, the credential is found by the issuer of the token, so a consumer is usually an issuer and not a user:
// everybody with a token of that issuer has the same X-Consumer-ID. If the service needs the user, verify the token with package
// jwt.
//
// These headers are no better than the gateway that sets them. Any client can send them, and Kong forwards them to a service
// without such a plugin. A [Provider] therefore believes them only if two conditions are met: the connection is the gateway's
// (see [Config]), and the registration of the service carries the plugin ([Provider.CheckRegistration]):
//
//	service := registrator.Service{
//		Name: "orders", Paths: []string{"/orders"}, Instance: "10.0.0.7:8080",
//		Plugins: []registrator.Plugin{
//			{Name: "key-auth", Config: map[string]any{"run_on_preflight": true}},
//			{Name: "acl", Config: map[string]any{"allow": []string{"staff"}, "hide_groups_header": false}},
//		},
//	}
//	consumers := kong.New(kong.Config{Peers: []string{"10.0.1.0/28"}, Groups: true})
//	chain, err := core.NewSecurityChain(consumers)
//
// In a Policy of module service, that is all: the service checks its registration, as described below. Without that module, the
// program calls the checks itself:
//
//	...                                                      // serve, register, wait until the route is live
//	err = consumers.CheckRegistration(service.PluginConfigs())
//
// # What a registration needs
//
// Each field that matters must be in the registration, also if it has the gateway's default: the registrator keeps what is
// described, and leaves the rest to the operator.
//
//	jwt         run_on_preflight true, uri_param_names [], cookie_names [], header_names ["authorization"], key_claim_name,
//	            claims_to_verify with "exp": by default the plugin accepts expired tokens
//	key-auth    run_on_preflight true
//	oauth2      hide_credentials true
//	acl         hide_groups_header false; always_use_authenticated_groups false or not set. Only with Config.Groups.
//
// basic-auth and hmac-auth need no field. One of the five authenticating plugins is required. With two of them, each with
// `anonymous`, the headers are those of the one that has found a credential. jwt can be combined with key-auth only, whose
// identifiers are UUIDs. Beside a UUID every bearer token is refused then, so the key of a jwt credential must not be one.
//
// # When to check
//
// Until CheckRegistration has succeeded, the provider refuses every request that reaches it with 503. It compares descriptions,
// and does not ask the gateway. The caller calls it when the gateway has loaded what was registered: after
// registrator.Kong.Register or Start, and after registrator.WaitLive. A node of Kong 3.9 takes up to 5 seconds to load a plugin
// that is added to a live route, other nodes take up to 10, and WaitLive does not notice that.
//
// What the gateway has changes while the service serves: the registrator keeps a plugin that an operator disables (enabled
// false), and does not undo a plugin of the same name on a route, which takes precedence. [Provider.CheckGateway] takes what
// registrator.Kong.AppliedPlugins reads, and closes the provider until it is called again and succeeds.
//
// Module service does all of this. It does not start without the plugins, and serves when the gateway has had them for 10
// seconds. It then checks every 30 seconds (registrator.Config.CheckEvery, but not more often than every 10 seconds). When a
// plugin is missing, disabled, changed or overridden, the provider refuses requests until two checks in a row have found the
// plugin. The wait of 10 seconds has no setting. A test of a service without it registers the service itself and calls
// CheckRegistration, as examples/consumers does.
//
// # What a provider cannot notice
//
//   - A plugin that is removed, changed, disabled or overridden by hand, until the next check: 30 seconds by default. While the
//     Admin API does not answer, what the last check has found counts. A change that is undone between two checks is not
//     noticed, and the registrator may undo one. Meanwhile, the client's own headers are believed.
//   - Another service of the gateway that leads to the same address without the plugin. Register the address once.
//   - Plugins that write these headers, such as request-transformer.
//   - A name that the client has removed. If a client names X-Consumer-Username or X-Consumer-Custom-ID in Connection, Kong
//     does not send it: see "What Kong sends". The identity then has no Username or no claim "custom_id". So do not refuse a
//     consumer by its name: use its id, its groups, or the plugin acl.
//   - The millisecond in which Kong loads a new route, see package registrator. If that must not matter, verify tokens in the
//     service.
//
// Whoever can write to the Admin API can do all of this, and is trusted.
//
// # Decisions
//
//	none of the headers                                    no decision: 401, unless another provider authenticates
//	not from the gateway                                   NotMine: the headers are ignored, 401 unless another provider
//	                                                       authenticates, also under core.Optional
//	X-Anonymous-Consumer                                   no Auth: 401, or an anonymous request under core.Optional
//	a header twice, no UUID, no identifier, other than     400
//	printable UTF-8, an identifier and the mark of an
//	anonymous consumer, no X-Consumer-Groups with
//	Config.Groups
//	a bearer token that the gateway has not verified       401
//
// A bearer token beside the headers must be the one that the jwt plugin has verified: its key claim must be equal to
// X-Credential-Identifier. Any other bearer token is refused, since nobody has verified it. If the service accepts tokens of its
// own, put jwt.New in front of this provider in the chain. It decides on the tokens that it owns, and the headers beside such a
// token are not read.
//
// Groups become roles by their names, so whoever puts a consumer into a group grants the role of that name. Kong separates
// groups by commas and does not escape them: a group named "ops, admin" counts as the groups ops and admin.
//
// # What Kong sends
//
// Observed on Kong 2.8.5 and 3.9.3 for a client that sends all of these headers itself, some of them twice. "own" is the
// client's own header, "set" is that of the gateway, "-" means that it does not arrive. Names are compared without case. A
// header with an underscore, X_Consumer_ID, always arrives, and is never read here.
//
//	plugins of the service          ID    Username  Custom-ID  Credential  Anonymous  Groups  Authenticated-Groups
//	none, or disabled               own   own       own        own         own        own     own
//	key-auth, jwt, basic-auth,      set   set or -  set or -   set         -          own     own
//	  oauth2: a good credential
//	the same with anonymous:        set   set or -  set or -   -           set        own     own
//	  no good credential
//	key-auth, jwt with              own   own       own        own         own        own     own
//	  run_on_preflight false,
//	  for OPTIONS
//	key-auth and acl                set   set or -  set or -   set         -          set     own
//	  no group, acl with deny       set   set or -  set or -   set         -          empty   own
//	  with hide_groups_header       set   set or -  set or -   set         -          own     own
//
// The identifier is the key of the credential for jwt (the value of key_claim_name, iss by default), the id of the credential
// for key-auth, its user name for basic-auth, and the client_id for oauth2. hmac-auth was not tried: by its source, it sets the
// same headers, with its user name as the identifier. In both versions:
//
//   - A field that the client names in Connection is removed after the plugins have run. A client can so remove
//     X-Anonymous-Consumer, and the anonymous consumer then looks like any other, but has no X-Credential-Identifier. A client
//     can remove its own name and groups, too.
//   - jwt finds a token anywhere behind "Bearer " or "bearer ", also in `Basic Bearer …`, and not behind "BEARER".
//   - Two Authorization fields are refused with 400.
//   - The names of consumers and groups arrive as they are, in UTF-8. White space around a name is lost in HTTP.
//   - The forged X-Authenticated-Userid and X-Authenticated-Scope arrive, except with oauth2, which sets or removes both.
//
// With a good token in the query and a bad one in the header, jwt of 3.9.3 answers 401. That of 2.8.5 verifies the one in the
// query, and forwards the bad one with the headers of the other. X-Credential-Username arrives on 3.9.3. On 2.8.5 it is removed,
// or set by basic-auth and hmac-auth.
package kong
