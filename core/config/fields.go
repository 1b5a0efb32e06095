package config

const (
	urlPattern = `^https?://[^/?#@\s]+([/?#][^@\s]*)?$`
	urlSays    = "a URL such as http://kong:8001, without a user and a password"
)

// file has the fields of the file.
var file = []field{
	{name: "$schema", kind: text, fixed: true, doc: "The URL or the name of this schema, for editors."},
	{name: "service", kind: object, fields: service, doc: "The service, as it is registered on the gateway."},
	{name: "microservice", kind: object, fields: service, doc: "Another name of the section service."},
	{name: "gatewayUrl", kind: text, pattern: urlPattern, says: urlSays, doc: "The URL of the gateway's proxy."},
	{name: "gatewayAdminUrl", kind: text, pattern: urlPattern, says: urlSays, variable: "API_GATEWAY_URL",
		doc: "The URL of the gateway's Admin API. The variable API_GATEWAY_URL replaces it."},
	{name: "version", kind: text, doc: "The version of the service."},
	{name: "containerManager", kind: text, fixed: true, doc: "Not used."},
	{name: "security", kind: object, fields: security, doc: "Who may call the service."},

	// The sections of Microkubes' own services.
	{name: "database", kind: foreign}, {name: "services", kind: foreign}, {name: "mail", kind: foreign},
	{name: "rabbitmq", kind: foreign}, {name: "client", kind: foreign}, {name: "session", kind: foreign},
	{name: "jwt", kind: foreign}, {name: "keys", kind: foreign}, {name: "systemKey", kind: foreign},
	{name: "serverName", kind: foreign}, {name: "verificationURL", kind: foreign},
	{name: "clientAuthorizationTTL", kind: foreign}, {name: "accessTokenTTL", kind: foreign},
	{name: "accessTokenSigningMethod", kind: foreign}, {name: "authCodeLength", kind: foreign},
	{name: "refreshTokenLength", kind: foreign},
}

var service = []field{
	{name: "name", kind: text, required: true, filled: true, doc: "The name of the service on the gateway."},
	{name: "port", kind: number, min: 1, max: 65535, doc: "The port of the service."},
	{name: "paths", kind: texts, pattern: `^~?/`, says: "a path that begins with /", doc: "The paths that the gateway sends."},
	{name: "virtual_host", kind: text, filled: true, doc: "The name or address at which the gateway reaches the service."},
	{name: "hosts", kind: texts, doc: "The host names that clients use."},
	{name: "weight", kind: number, min: 0, max: 65535, doc: "The weight of this instance among others."},
	{name: "slots", kind: number, min: 0, max: 65536, doc: "The slots of the balancer."},
}

var security = []field{
	{name: "disable", kind: flag, fixed: true, doc: "true opens the service: requests need no identity."},
	{name: "keysDir", kind: text, filled: true, doc: "The folder with the public keys for jwt and oauth2."},
	{name: "ignorePatterns", kind: texts, fixed: true, doc: "Regular expressions for paths that need no token. Each must " +
		"match the whole path."},
	{name: "ignoreHttpMethods", kind: texts, fixed: true, pattern: `^[Oo][Pp][Tt][Ii][Oo][Nn][Ss]$`,
		says: "OPTIONS, for CORS preflights: any other method would be open on every path; write the paths into ignorePatterns",
		doc:  "OPTIONS lets CORS preflights pass without a token."},
	{name: "jwt", kind: object, fields: jwtFields, doc: "Tokens of Microkubes' jwt-issuer."},
	{name: "oauth2", kind: object, fields: oauth2Fields,
		doc: "Access tokens of Microkubes' authorization-server, or by RFC 9068."},
	{name: "oidc", kind: objects, presets: presets, doc: "OpenID providers."},
	{name: "acl", kind: object, fields: aclFields, doc: "Who may do what."},
	{name: "saml", kind: unsupported, doc: "Not supported. It must be disabled."},
	{name: "basic", kind: unsupported, doc: "Not supported. It must be disabled."},

	// The section of Microkubes' authorization-server, which signs tokens with these.
	{name: "keys", kind: foreign}, {name: "signingMethod", kind: foreign}, {name: "issuer", kind: foreign},
}

// unused are fields of the originals that change nothing.
var unused = []field{
	{name: "name", kind: text, fixed: true, doc: "Not used."},
	{name: "description", kind: text, fixed: true, doc: "Not used."},
	{name: "tokenUrl", kind: text, fixed: true, doc: "Where clients get tokens. Not used."},
}

var issuers = field{name: "issuers", kind: texts, filled: true, doc: "The accepted values of iss."}

var audiences = field{name: "audiences", kind: texts, filled: true,
	doc: "The names of this service, of which a token must have one in aud. Without it tokens for any audience are accepted."}

var jwtFields = append(unused[:len(unused):len(unused)], issuers, audiences)

var oauth2Fields = append(unused[:len(unused):len(unused)],
	field{name: "authorizeUrl", kind: text, fixed: true, doc: "Where users sign in. Not used."},
	issuers, audiences,
	field{name: "scopes", kind: texts, filled: true, doc: "The scopes that each token must have."},
	field{name: "form", kind: text, oneOf: []string{"microkubes", "rfc9068"}, doc: "The form of the tokens. Absent: microkubes."},
)

var aclFields = []field{
	{name: "disable", kind: flag, fixed: true, doc: "true leaves out the ACL."},
	{name: "policies", kind: policies, fixed: true, doc: "The policies."},
	{name: "file", kind: text, filled: true, doc: "The name of a file with policies, which may change while the service runs."},
}
