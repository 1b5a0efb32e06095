// Package claims reads the claims of a token and checks them.
//
// Issuers write an identity in different claims and forms. A [Dialect] describes them as data, so another issuer needs another
// Dialect and no code. The claims that RFC 7519 registers (iss, sub, aud, exp, nbf, iat, jti) and their checks are the same in
// every dialect.
//
// A token is refused for the type of a claim only if a rule depends on that claim: a registered claim, a claim that names the
// user, or a claim that the dialect requires. A token with `cnf` is always refused. Any other claim of an unexpected form is
// ignored and grants nothing.
package claims

// Dialect describes where and how an issuer writes an identity.
type Dialect struct {
	// User, Name and Client are the places of a text, in order of preference. The first non-empty string is used. A value of
	// another type counts as absent, but in a claim that names the user or is required it makes the token malformed.
	User, Name, Client []Path
	// Roles, Scopes, Organizations and Namespaces are the places of a list. The list is the concatenation of all places, in the
	// order in which the token has them. Duplicates are kept.
	Roles, Scopes, Organizations, Namespaces []List
	// Required lists the top-level claims that must be present, and must not be null or empty.
	Required []string
}

// Path is the place of a claim: the names of the members that lead to it, starting at the payload. It is a slice because names
// may contain dots and slashes.
type Path []string

// List is the place of a list, and the forms that are accepted there.
type List struct {
	Path  Path
	Forms Form
}

// Form is a set of forms of a list. A value in a form that is not in the set counts as an empty list.
type Form uint8

// The forms. Empty items are dropped.
const (
	Array  Form = 1 << iota // an array of strings, each of which is an item; an array with any other element is empty
	Word                    // a string that is a single item
	Spaces                  // a string of items, separated by spaces
	Commas                  // a string of items, separated by commas, with optional spaces around items
	Keys                    // an object whose names are items if their value is true or a non-empty object
)

// The dialects of the packages jwt and oauth2.
var (
	// JWTIssuer is the dialect of Microkubes' jwt-issuer. Package jwt uses it for any issuer. The user is in `userId` or else in
	// the subject, and a list is an array or a text with separators.
	JWTIssuer = Dialect{
		User: []Path{{"userId"}, {"sub"}}, Name: []Path{{"username"}}, Client: []Path{{"client_id"}},
		Roles:         microkubesLists("roles"),
		Organizations: microkubesLists("organizations"),
		Namespaces:    microkubesLists("namespaces"),
		Scopes:        microkubesScopes,
	}
	// AuthorizationServer is the dialect of Microkubes' authorization-server. It differs from [JWTIssuer] in that the subject is
	// the client, and in that claims are required.
	AuthorizationServer = Dialect{
		User: []Path{{"userId"}, {"sub"}}, Name: []Path{{"username"}}, Client: []Path{{"client_id"}, {"sub"}},
		Roles:         microkubesLists("roles"),
		Organizations: microkubesLists("organizations"),
		Namespaces:    microkubesLists("namespaces"),
		Scopes:        microkubesScopes,
		Required:      []string{"sub", "userId", "username"},
	}
	// AccessToken is the dialect of RFC 9068. The subject is the user. `scope` is a text with spaces (RFC 8693, section 4.2), in
	// which a comma is part of a scope. Roles that are objects, which RFC 9068, section 2.2.3.1 allows, grant nothing.
	AccessToken = Dialect{
		User: []Path{{"sub"}}, Name: []Path{{"username"}}, Client: []Path{{"client_id"}},
		Roles:         []List{{Path{"roles"}, Array | Word}},
		Organizations: []List{{Path{"organizations"}, Array | Word}},
		Namespaces:    []List{{Path{"namespaces"}, Array | Word}},
		Scopes:        []List{{Path{"scope"}, Spaces}},
		Required:      []string{"aud", "sub", "client_id", "iat", "jti"},
	}
)

// microkubesScopes are the places of scopes in Microkubes' tokens: `scopes` for users, and `scope` between services.
var microkubesScopes = []List{{Path{"scope"}, Array | Spaces | Commas}, {Path{"scopes"}, Array | Spaces | Commas}}

func microkubesLists(name string) []List { return []List{{Path{name}, Array | Commas}} }
