// Package config reads the configuration file of a Microkubes service and opens the security that it describes.
//
//	settings, err := config.Read(os.Environ()) // the file that SERVICE_CONFIG_FILE names
//	if err != nil {
//		log.Fatal(err) // such as: service.json: line 9: security.keyDir: unknown field: did you mean keysDir?
//	}
//	security, err := settings.Open(ctx, config.Options{})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer security.Close()
//	sec := nethttp.New(security.Chain())
//
// The file is that of Microkubes' Go services. This library adds issuers, audiences, scopes, form, oidc and acl.file:
//
//	{
//	  "service": {"name": "orders", "port": 8080, "paths": ["/orders"], "virtual_host": "orders.service.consul"},
//	  "gatewayAdminUrl": "http://kong:8001",
//	  "security": {
//	    "keysDir": "/run/secrets",
//	    "ignorePatterns": ["^/orders/health$"],
//	    "jwt": {"issuers": ["Microkubes JWT Authority"]},
//	    "oauth2": {},
//	    "oidc": [{"preset": "keycloak", "realm": "https://sso.example.com/realms/main", "client": "orders"}],
//	    "acl": {"policies": [ … ]}
//	  }
//	}
//
// An unknown field, a field that occurs twice and a value of another type are errors with the line and the field. A file may have
// the sections that Microkubes' own services have beside these (database, services, mail, rabbitmq and so on) and members whose
// names begin with "x-". The package does not read those. [Schema] returns a JSON Schema for editors, which is the file
// schema.json of this package, too: put a copy beside the file, and write "$schema": "./schema.json" into it.
//
// # Security
//
// The chain has, in this order, the public routes, jwt, oauth2, each element of oidc, and acl. A service is never open by
// accident: a section security without jwt, oauth2 and oidc is an error, and Open fails for a file without the section. The
// section of Microkubes' authorization-server, which has signingMethod instead, is not an error, but Open fails for it, too.
//
//   - jwt and oauth2 verify with the keys in keysDir. Without issuers they accept the tokens of "Microkubes JWT Authority" and of
//     "Microkubes Authorization Server", as these servers call themselves by default. Without audiences they accept tokens for
//     any audience, because Microkubes' tokens have none.
//   - oauth2.form is "microkubes" or "rfc9068". The latter needs issuers and audiences.
//   - oidc has OpenID providers. preset names a function of package oidc, and the other fields are its arguments.
//   - ignorePatterns are regular expressions for paths that need no token. A pattern must match the whole path as it is sent. In
//     the original a part was enough, so that /users/verify opened /admin/users/verify/all, too. [Config.Warnings] names each
//     pattern that this changes. A pattern that matches paths which have nothing in common is an error, and so is a list that
//     does: such as .*, /[a-z/]+ or /[^b].*. There is a warning if a pattern matches every path of one segment, such as /[^/]+,
//     and if the list opens all of service.paths. They are not the patterns of core.PublicRoutes: /docs/* is written
//     ^/docs/[^/]+$ here, /docs/** is an error, and a pattern has no method.
//   - ignoreHttpMethods can be ["OPTIONS"], which is the default, or []. With OPTIONS a CORS preflight needs no token. A
//     preflight is an OPTIONS request with one Origin, one Access-Control-Request-Method and no Authorization. In the original
//     any method could be opened, on every path. Here any other method is an error.
//   - acl has policies, as package acl reads them, or file, the name of a file with policies, which may change while the service
//     runs. The names in keysDir and acl.file are relative to the working directory, as in the originals. An OwnerCondition
//     needs a segment of the path, because the chain does not know another owner. A program that does makes a chain of
//     [Security.Providers] without [Security.Policies], and calls Policies.Allows in its handlers.
//   - saml is not supported. Write "disable": true into the section: then browsers without a token get 401, and are not
//     redirected.
//   - disable: true opens the service: a request passes without an identity, and Open logs a warning. The requirements of
//     single routes remain, so that those routes refuse every request. acl.disable leaves out the ACL alone, also with a warning.
//
// # Environment
//
// [Read] finds the file by SERVICE_CONFIG_FILE, and replaces values of the file by variables. The name of a variable is
// SERVICE_CONFIG and the names that lead to the field, in capitals, each after two underscores:
//
//	SERVICE_CONFIG__SERVICE__PORT=9090
//	SERVICE_CONFIG__SECURITY__KEYSDIR=/etc/keys
//	SERVICE_CONFIG__SECURITY__JWT__ISSUERS=Microkubes JWT Authority,orders-test
//
// The elements of a list are separated by commas. An empty variable counts as one that is not set. A variable can set a field
// that the file does not have, but it cannot add a section. gatewayAdminUrl has the variable API_GATEWAY_URL, as in the
// originals, and no other. Lists of objects, the fields that open a service (disable, ignorePatterns, ignoreHttpMethods), and the
// fields that are not used have no variable. A variable that begins with SERVICE_CONFIG__, in any case, and belongs to no field
// is an error. So is a variable that begins with SERVICE_CONFIG_ and differs from that of a field in underscores alone, such as
// SERVICE_CONFIG_SECURITY_KEYSDIR. Others are ignored, and so are names with single underscores that end in _PORT: for a Service
// service-config, Kubernetes makes the variable SERVICE_CONFIG_SERVICE_PORT.
//
// # Secrets
//
// Errors and warnings name fields and show no value, except the folder keysDir, and what packages acl and oidc say of a pattern
// or an argument. A Config keeps nothing of the sections that it does not read.
package config
