package main

import (
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oidc"
)

type claims = coretest.Claims

// absent is the value of a claim that a token does not have.
var absent = coretest.Absent

// sub is the id of the user Ann at most providers.
const sub = "0479c617-8d9b-4fcf-b278-9b6dcda7b5b5"

// providers has one entry for each page, in the order of the table in README.md.
var providers = []provider{
	keycloak, auth0, entra, entraV1, okta, cognito, google, firebase, supabase, zitadel, hydra, kubernetes,
	issuer,
}

var keycloak = provider{
	name: "Keycloak", file: "keycloak", kind: "access",
	config: oidc.Keycloak("https://sso.example.com/realms/main", "orders"),
	issued: "keycloak-user-admin",
	mistakes: []mistake{
		{what: "the client has no audience mapper", issued: "keycloak-user-without-audience",
			instead: "add the mapper of step 3 and get a new token"},
		{what: "the ID token was sent", issued: "keycloak-id-token", instead: "send `access_token`"},
		{what: "the role is one of another client, as `approve` of `billing`", require: core.RequireRoles("approve"),
			instead: "assign a realm role, or a role of the client `orders`"},
		{what: "Keycloak has another name in the token than here",
			claims:  claims{"iss": "http://keycloak:8080/realms/main"},
			instead: "set `KC_HOSTNAME`, and write here what `iss` has"},
	},
}

var auth0 = provider{
	name: "Auth0", file: "auth0", kind: "access", typ: "JWT",
	config: withRoles(oidc.Auth0("example.eu.auth0.com", "https://orders.example.com"), "https://example.com/roles"),
	token: claims{
		"aud": []string{"https://orders.example.com", "https://example.eu.auth0.com/userinfo"}, "sub": "auth0|123",
		"azp":   "spa-id",
		"scope": "openid read:orders", "https://example.com/roles": []string{"admin"},
		"permissions": []string{"read:orders"},
	},
	mistakes: []mistake{
		{what: "the client asked for no `audience`, so the access token is not for an API", opaque: "opaque-token",
			instead: "add `audience=https://orders.example.com` to the request for the token"},
		{what: "the ID token was sent", claims: claims{"aud": "spa-id", "azp": absent, "scope": absent},
			instead: "send `access_token`"},
		{what: "no Action writes the roles", require: core.RequireRoles("admin"),
			claims: claims{"https://example.com/roles": absent}, instead: "deploy the Action of step 3 and log in again"},
	},
}

// withRoles returns a Config that reads the roles from one top-level claim.
func withRoles(config oidc.Config, claim string) oidc.Config {
	config.Claims.Roles = []jwt.List{{Path: jwt.Path{claim}}}
	return config
}

const (
	entraAPI    = "11111111-1111-4111-8111-111111111111"
	entraTenant = "22222222-2222-4222-8222-222222222222"
	entraClient = "33333333-3333-4333-8333-333333333333"
	entraIssuer = "https://sts.windows.net/" + entraTenant + "/" // of version 1
)

var entra = provider{
	name: "Entra ID", file: "entra", kind: "access", typ: "JWT",
	config: oidc.Entra(entraAPI, entraTenant),
	token: claims{
		"aud": entraAPI, "sub": "pairwise", "oid": sub, "azp": entraClient, "preferred_username": "ann@example.com",
		"scp": "Orders.Read", "roles": []string{"Orders.Admin"}, "tid": entraTenant, "ver": "2.0",
	},
	mistakes: []mistake{
		{what: "the API is registered for tokens in version 1",
			claims: claims{"iss": entraIssuer, "aud": "api://" + entraAPI, "ver": "1.0", "azp": absent,
				"appid": entraClient},
			instead: "set the version of step 2, or use [version 1](entra-v1.md)"},
		{what: "the client asked for a scope of Microsoft Graph, such as `User.Read`", header: claims{"nonce": "n"},
			claims:  claims{"iss": entraIssuer, "aud": "00000003-0000-0000-c000-000000000000", "ver": "1.0", "azp": absent},
			instead: "ask for `api://<application ID>/Orders.Read`, in a request of its own"},
		{what: "the ID token was sent", claims: claims{"aud": entraClient, "azp": absent, "scp": absent},
			instead: "send `access_token`"},
	},
}

var entraV1 = provider{
	name: "Entra ID, version 1", file: "entra-v1", kind: "access", typ: "JWT",
	config: oidc.EntraV1("api://orders", entraTenant),
	token: claims{
		"aud": "api://orders", "sub": "pairwise", "oid": sub, "appid": entraClient, "upn": "ann@example.com",
		"unique_name": "ann@example.com",
		"scp":         "Orders.Read", "roles": []string{"Orders.Admin"}, "tid": entraTenant, "ver": "1.0",
	},
	mistakes: []mistake{
		{what: "the API is registered for tokens in version 2",
			claims: claims{"iss": "https://login.microsoftonline.com/" + entraTenant + "/v2.0", "aud": entraAPI,
				"ver": "2.0"},
			instead: "use [oidc.Entra](entra.md)"},
		{what: "`aud` is the application ID, without `api://`", claims: claims{"aud": entraAPI},
			instead: "write here what `aud` has; both values, in `config.Audiences`, if clients use both"},
		{what: "the ID token was sent", claims: claims{"aud": entraClient, "appid": absent, "scp": absent},
			instead: "send `access_token`"},
	},
}

var okta = provider{
	name: "Okta", file: "okta", kind: "access",
	config: oidc.Okta("https://example.okta.com/oauth2/default", "api://default"),
	token: claims{
		"aud": "api://default", "sub": "ann@example.com", "uid": "00u1", "cid": "0oa1",
		"scp":    []string{"openid", "orders.read"},
		"groups": []string{"admin"}, "ver": 1,
	},
	mistakes: []mistake{
		{what: "the token is one of the org server", header: claims{"typ": "application/okta-internal-at+jwt"},
			claims:  claims{"iss": "https://example.okta.com", "aud": "https://example.okta.com"},
			instead: "send clients to `/oauth2/default`"},
		{what: "the ID token was sent", claims: claims{"aud": "0oa1", "scp": absent, "cid": absent},
			instead: "send `access_token`"},
		{what: "the server has no claim `groups`", require: core.RequireRoles("admin"), claims: claims{"groups": absent},
			instead: "add the claim of step 3 to the access token, not to the ID token"},
	},
}

var cognito = provider{
	name: "Cognito", file: "cognito", kind: "access",
	config: oidc.Cognito("eu-west-1", "eu-west-1_AbCdEfGhI", "web-client-id"),
	token: claims{
		"sub": sub, "username": "ann", "client_id": "web-client-id", "token_use": "access", "scope": "openid orders/read",
		"cognito:groups": []string{"admin"},
	},
	mistakes: []mistake{
		{what: "the ID token was sent", claims: claims{"token_use": "id", "aud": "web-client-id", "client_id": absent},
			instead: "send the access token"},
		{what: "the token is one of an app client that is not named here", claims: claims{"client_id": "other-client-id"},
			instead: "add the ID of the app client, if its tokens are for this service"},
		{what: "the user logged in by the API (`InitiateAuth`), whose tokens have no scopes of a resource server",
			require: core.RequireScopes("orders/read"), claims: claims{"scope": "aws.cognito.signin.user.admin"},
			instead: "log in by managed login, or require a group"},
	},
}

var google = provider{
	name: "Google", file: "google", kind: "ID", typ: "JWT",
	config: oidc.Google("web.apps.googleusercontent.com", "app.apps.googleusercontent.com"),
	token: claims{
		"aud": "web.apps.googleusercontent.com", "azp": "web.apps.googleusercontent.com", "sub": "109876543210",
		"email": "ann@example.com", "email_verified": true, "hd": "example.com",
	},
	mistakes: []mistake{
		{what: "the access token (`ya29.…`) was sent", opaque: "opaque-token", instead: "send `id_token`"},
		{what: "the token is for another client ID", claims: claims{"aud": "other.apps.googleusercontent.com"},
			instead: "add the client ID, if it is one of yours"},
		{what: "the token is an hour old", claims: claims{"exp": 1}, instead: "have the client get a new one"},
	},
}

var firebase = provider{
	name: "Firebase", file: "firebase", kind: "ID", typ: "JWT",
	config: oidc.Firebase("example-project"),
	token: claims{
		"aud": "example-project", "sub": "u1", "user_id": "u1", "email": "ann@example.com", "email_verified": true,
		"roles": claims{"admin": true, "owner": false}, "firebase": claims{"sign_in_provider": "password"},
	},
	mistakes: []mistake{
		{what: "the custom token was sent, with which the client logs in",
			claims:  claims{"iss": "sdk@example-project.iam.gserviceaccount.com", "aud": "identitytoolkit"},
			instead: "send the result of `getIdToken()`"},
		{what: "the token is one of another project",
			claims:  claims{"iss": "https://securetoken.google.com/other", "aud": "other"},
			instead: "write the ID of the project that the client has"},
		{what: "the user is anonymous", claims: claims{"provider_id": "anonymous"},
			instead: "have the user log in, or set `config.Claims.Absent` to nil to accept anonymous users"},
	},
}

var supabase = provider{
	name: "Supabase", file: "supabase", kind: "access", typ: "JWT", algorithm: "ES256",
	config: oidc.Supabase("https://abcdefghijkl.supabase.co"),
	token: claims{
		"aud": "authenticated", "sub": sub, "email": "ann@example.com", "role": "authenticated", "is_anonymous": false,
		"app_metadata":  claims{"provider": "email", "roles": []string{"admin"}},
		"user_metadata": claims{"roles": []string{"owner"}},
	},
	mistakes: []mistake{
		{what: "an API key of the project was sent", opaque: "sb_publishable_key",
			instead: "send `access_token` of the user's session"},
		{what: "the project still signs with the JWT secret", header: claims{"alg": "HS256"},
			instead: "rotate to the key of step 1, and log in again"},
		{what: "the user is anonymous", claims: claims{"is_anonymous": true},
			instead: "have the user log in, or set `config.Claims.Values` to nil to accept anonymous users"},
		{what: "an OAuth client of the project sends the token", claims: claims{"client_id": "314159265358979323"},
			instead: "name the client as the documentation of `oidc.Supabase` shows, if it may call"},
	},
}

var zitadel = provider{
	name: "Zitadel", file: "zitadel", kind: "access", typ: "JWT",
	config: oidc.Zitadel("example.zitadel.cloud", "271828182845904523"),
	token: claims{
		"aud": []string{"314159265358979323", "271828182845904523"}, "sub": "161803398874989484",
		"client_id": "314159265358979323", "jti": "j",
		"urn:zitadel:iam:org:project:271828182845904523:roles": claims{"admin": claims{"141421356237309504": "example.com"}},
	},
	mistakes: []mistake{
		{what: "the application has opaque tokens", opaque: "opaque-token", instead: "choose JWT as in step 2"},
		{what: "the client did not ask for the project", claims: claims{"aud": "314159265358979323"},
			instead: "add the scope of step 3 to the request for the token"},
		{what: "the ID token was sent", claims: claims{"azp": "314159265358979323", "jti": absent},
			instead: "send `access_token`"},
		{what: "the project does not assert roles", require: core.RequireRoles("admin"),
			claims:  claims{"urn:zitadel:iam:org:project:271828182845904523:roles": absent},
			instead: "turn on the setting of step 1 and get a new token"},
	},
}

var hydra = provider{
	name: "Ory Hydra", file: "hydra", kind: "access", typ: "JWT",
	config: oidc.Hydra("https://hydra.example.com/", "orders"),
	token: claims{
		"aud": []string{"orders"}, "sub": sub, "client_id": "shop", "scp": []string{"openid", "orders.read"}, "jti": "j",
		"ext": claims{"username": "ann", "roles": []string{"admin"}},
	},
	mistakes: []mistake{
		{what: "Hydra issues opaque tokens", opaque: "ory_at_opaque", instead: "choose the strategy `jwt` as in step 1"},
		{what: "the client did not ask for the audience, or the consent application did not grant it",
			claims:  claims{"aud": []string{}},
			instead: "see steps 2 and 3"},
		{what: "the ID token was sent",
			claims:  claims{"aud": []string{"shop"}, "client_id": absent, "scp": absent, "ext": absent},
			instead: "send `access_token`"},
		{what: "the slash at the end of the issuer is missing, here or there",
			claims:  claims{"iss": "https://hydra.example.com"},
			instead: "write the issuer as `urls.self.issuer` has it"},
	},
}

var kubernetes = provider{
	name: "Kubernetes", file: "kubernetes", kind: "service-account",
	config: kubernetesConfig(),
	token: claims{
		"aud": []string{"orders"}, "sub": "system:serviceaccount:shop:web", "jti": "j",
		"kubernetes.io": claims{"namespace": "shop", "serviceaccount": claims{"name": "web"}},
	},
	mistakes: []mistake{
		{what: "the pod sent its token for the API server",
			claims:  claims{"aud": []string{"https://kubernetes.default.svc.cluster.local"}},
			instead: "mount the token of step 1, and send that one"},
		{what: "the token is from a Secret",
			claims:  claims{"iss": "kubernetes/serviceaccount", "aud": absent, "exp": absent},
			instead: "mount the token of step 1"},
		{what: "the cluster has another issuer", claims: claims{"iss": "https://kubernetes.default.svc"},
			instead: "write here what `kubectl get --raw /.well-known/openid-configuration` has as `issuer`"},
	},
}

func kubernetesConfig() oidc.Config {
	config := oidc.Kubernetes("https://kubernetes.default.svc.cluster.local", "orders")
	config.Keys.KeysHosts = []string{"10.0.0.1"}
	return config
}

var issuer = provider{
	name: "any other", file: "other", kind: "access",
	config: oidc.Issuer("https://login.example.com", "https://orders.example.com"),
	issued: "oidc-provider-user-admin",
	mistakes: []mistake{
		{what: "the ID token was sent", issued: "oidc-provider-id-token", instead: "send `access_token`"},
		{what: "the slash at the end of the issuer is missing, here or there",
			claims:  claims{"iss": "https://login.example.com/"},
			instead: "write the issuer as `issuer` in its discovery document"},
		{what: "the client did not ask for this service, so `aud` names another",
			issued:  "oidc-provider-machine-of-another-service",
			instead: "add `resource` (RFC 8707) or `audience`, as the provider calls it, to the request for the token"},
	},
}
