package jwt_test

import "github.com/microkubes/microkubes-go/core/jwt"

func texts(paths ...jwt.Path) (all []jwt.Text) {
	for _, path := range paths {
		all = append(all, jwt.Text{Path: path})
	}
	return all
}

func list(form jwt.Form, path ...string) jwt.List { return jwt.List{Path: path, Form: form} }

// providers has a Config for each row of the table of providers: what a user writes for their tokens.
var providers = map[string]jwt.Config{
	"keycloak": {
		Issuers: []string{"https://kc.example.com/realms/demo"}, Audiences: []string{"orders"}, Types: []string{"JWT", "at+jwt"},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"sub"}), Name: texts(jwt.Path{"preferred_username"}), Client: texts(jwt.Path{"azp"}),
			Roles:  []jwt.List{{Path: jwt.Path{"realm_access", "roles"}}, {Path: jwt.Path{"resource_access", "orders", "roles"}}},
			Scopes: []jwt.List{list(jwt.Spaces, "scope")},
			Values: []jwt.Value{{Path: jwt.Path{"typ"}, OneOf: []string{"Bearer"}}},
		},
	},
	"auth0": {
		Issuers: []string{"https://t.eu.auth0.com/"}, Audiences: []string{"https://orders.example.com"}, Types: []string{"JWT", "at+jwt"},
		Algorithms: []string{"RS256", "PS256"},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"sub"}), Name: []jwt.Text{}, Client: texts(jwt.Path{"azp"}, jwt.Path{"client_id"}),
			Roles:  []jwt.List{{Path: jwt.Path{"https://x.example/roles"}}},
			Scopes: []jwt.List{list(jwt.Spaces, "scope")},
		},
	},
	"entra v2": {
		Issuers:   []string{"https://login.microsoftonline.com/t/v2.0", "https://login.microsoftonline.com/u/v2.0"},
		Audiences: []string{"api-guid"},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"oid"}), Name: texts(jwt.Path{"preferred_username"}), Client: texts(jwt.Path{"azp"}),
			Roles: []jwt.List{{Path: jwt.Path{"roles"}}}, Scopes: []jwt.List{{Path: jwt.Path{"scp"}}},
			Required: [][]jwt.Path{{{"azp"}}, {{"scp"}, {"roles"}}},
			Values: []jwt.Value{
				{Path: jwt.Path{"ver"}, OneOf: []string{"2.0"}},
				{Path: jwt.Path{"tid"}, OneOf: []string{"t"}, Issuer: "https://login.microsoftonline.com/t/v2.0"},
				{Path: jwt.Path{"tid"}, OneOf: []string{"u"}, Issuer: "https://login.microsoftonline.com/u/v2.0"},
			},
		},
	},
	"entra v1": {
		Issuers: []string{"https://sts.windows.net/t/"}, Audiences: []string{"api://orders"},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"oid"}), Name: texts(jwt.Path{"upn"}, jwt.Path{"unique_name"}), Client: texts(jwt.Path{"appid"}),
			Roles: []jwt.List{{Path: jwt.Path{"roles"}}}, Scopes: []jwt.List{{Path: jwt.Path{"scp"}}},
			Required: [][]jwt.Path{{{"appid"}}, {{"scp"}, {"roles"}}},
			Values: []jwt.Value{
				{Path: jwt.Path{"ver"}, OneOf: []string{"1.0"}}, {Path: jwt.Path{"tid"}, OneOf: []string{"t"}},
			},
		},
	},
	"okta": {
		Issuers: []string{"https://dev.okta.com/oauth2/default"}, Audiences: []string{"api://default"}, Types: []string{""},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"uid"}), Name: texts(jwt.Path{"sub"}), Client: texts(jwt.Path{"cid"}),
			Roles: []jwt.List{{Path: jwt.Path{"groups"}}}, Scopes: []jwt.List{list(jwt.Array, "scp")},
			Required: [][]jwt.Path{{{"cid"}}, {{"scp"}}},
			Values:   []jwt.Value{{Path: jwt.Path{"ver"}, OneOf: []string{"1"}}},
		},
	},
	"cognito": { // no aud: the client stands for it
		Issuers: []string{"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x"}, AnyAudience: true, Types: []string{""},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"sub"}), Name: texts(jwt.Path{"username"}), Client: texts(jwt.Path{"client_id"}),
			Roles: []jwt.List{{Path: jwt.Path{"cognito:groups"}}}, Scopes: []jwt.List{list(jwt.Spaces, "scope")},
			Values: []jwt.Value{
				{Path: jwt.Path{"token_use"}, OneOf: []string{"access"}}, {Path: jwt.Path{"client_id"}, OneOf: []string{"cl", "cl2"}},
			},
		},
	},
	"google": {
		Issuers:   []string{"https://accounts.google.com", "accounts.google.com"},
		Audiences: []string{"c.apps.googleusercontent.com", "d.apps.googleusercontent.com"},
		Claims: jwt.Claims{
			User:          texts(jwt.Path{"sub"}),
			Name:          []jwt.Text{{Path: jwt.Path{"email"}, If: jwt.Path{"email_verified"}}},
			Client:        []jwt.Text{},
			Organizations: []jwt.List{list(jwt.Word, "hd")},
		},
	},
	"firebase": {
		Issuers: []string{"https://securetoken.google.com/proj"}, Audiences: []string{"proj"},
		Claims: jwt.Claims{
			User:  texts(jwt.Path{"sub"}),
			Name:  []jwt.Text{{Path: jwt.Path{"email"}, If: jwt.Path{"email_verified"}}},
			Roles: []jwt.List{list(jwt.Array|jwt.Keys, "roles")},
		},
	},
	"supabase": {
		Issuers: []string{"https://p.supabase.co/auth/v1"}, Audiences: []string{"authenticated"}, Algorithms: []string{"ES256"},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"sub"}), Name: texts(jwt.Path{"email"}),
			Roles:  []jwt.List{list(jwt.Word, "role"), list(jwt.Array, "app_metadata", "roles")},
			Values: []jwt.Value{{Path: jwt.Path{"is_anonymous"}, OneOf: []string{"false"}, Optional: true}},
		},
	},
	"zitadel": {
		Issuers: []string{"https://z.zitadel.cloud"}, Audiences: []string{"p1"}, Types: []string{"JWT", "at+jwt"},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"sub"}), Client: texts(jwt.Path{"client_id"}),
			Roles: []jwt.List{
				list(jwt.Keys, "urn:zitadel:iam:org:project:roles"), list(jwt.Keys, "urn:zitadel:iam:org:project:p1:roles"),
			},
			Required: [][]jwt.Path{{{"jti"}}}, Absent: []jwt.Path{{"azp"}},
		},
	},
	"hydra": {
		Issuers: []string{"https://hydra.example.com/"}, Audiences: []string{"orders"},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"sub"}), Name: texts(jwt.Path{"ext", "username"}), Client: texts(jwt.Path{"client_id"}),
			Roles: []jwt.List{{Path: jwt.Path{"ext", "roles"}}}, Scopes: []jwt.List{list(jwt.Array, "scp")},
			Required: [][]jwt.Path{{{"client_id"}}},
		},
	},
	"kubernetes": {
		Issuers: []string{"https://kubernetes.default.svc.cluster.local"}, Audiences: []string{"orders"}, Types: []string{""},
		Claims: jwt.Claims{
			User: texts(jwt.Path{"sub"}), Namespaces: []jwt.List{list(jwt.Word, "kubernetes.io", "namespace")},
		},
	},
	"microkubes": jwt.Microkubes("Microkubes JWT Authority"), // the zero Claims
}
