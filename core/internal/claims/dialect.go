// Package claims reads the claims of a token, and decides by them whether it is good.
//
// Issuers write an identity in different claims and forms. A [Dialect] says which ones; it is data, so another issuer needs
// another value and no other code. The claims that RFC 7519 registers (iss, sub, aud, exp, nbf, iat, jti) and the checks of
// them are the same in every dialect.
//
// A claim refuses a token by its type only where a rule reads it in order to refuse: the registered claims, those that name the
// user, and those that the dialect requires. `cnf` refuses by its presence. Any other claim of an unexpected form grants nothing
// and refuses nothing.
package claims

// Dialect says where and how an issuer writes an identity.
type Dialect struct {
	// User, Name and Client are the places of a text, the best one first: the first that holds a string that is not empty is
	// taken. A value of another type counts as absent, except that in a claim that names the user, or that is required, it
	// refuses the token.
	User, Name, Client []Path
	// Roles, Scopes, Organizations and Namespaces are the places of a list. All of them count: the list is their union, in the
	// order of the token. An item that is there twice stays so.
	Roles, Scopes, Organizations, Namespaces []List
	// Required are the top-level claims that must be there and must not be null or empty.
	Required []string
}

// Path is where a claim is: the names of members, from the outermost object inwards. It is a list because names contain dots
// and slashes.
type Path []string

// List is a place of a list and the forms in which it is read there.
type List struct {
	Path  Path
	Forms Form
}

// Form is a set of forms of a list. A value of a form that is not in the set is an empty list.
type Form uint8

// The forms. An empty item is dropped in each of them.
const (
	Array  Form = 1 << iota // an array of strings, each of them an item as it is; with any other element it is empty
	Word                    // a string that is one item as it is
	Spaces                  // a string of items with spaces between them
	Commas                  // a string of items with commas between them; spaces around an item do not belong to it
	Keys                    // the names in an object, each where its value is true or an object with members
)

// The dialects of the packages jwt and oauth2.
var (
	// JWTIssuer is what Microkubes' jwt-issuer writes, and in package jwt any other issuer: `userId`, or else the subject, is
	// the user, and a list is an array or a text with separators.
	JWTIssuer = Dialect{
		User: []Path{{"userId"}, {"sub"}}, Name: []Path{{"username"}}, Client: []Path{{"client_id"}},
		Roles:         microkubesLists("roles"),
		Organizations: microkubesLists("organizations"),
		Namespaces:    microkubesLists("namespaces"),
		Scopes:        microkubesScopes,
	}
	// AuthorizationServer is what Microkubes' authorization-server writes: as [JWTIssuer], but the subject is the client.
	AuthorizationServer = Dialect{
		User: []Path{{"userId"}, {"sub"}}, Name: []Path{{"username"}}, Client: []Path{{"client_id"}, {"sub"}},
		Roles:         microkubesLists("roles"),
		Organizations: microkubesLists("organizations"),
		Namespaces:    microkubesLists("namespaces"),
		Scopes:        microkubesScopes,
		Required:      []string{"sub", "userId", "username"},
	}
	// AccessToken is RFC 9068: the subject is the user, and `scope` is one text with spaces (RFC 8693, section 4.2), in which a
	// comma is part of a scope. Roles that are objects, as RFC 9068, section 2.2.3.1 allows, grant nothing.
	AccessToken = Dialect{
		User: []Path{{"sub"}}, Name: []Path{{"username"}}, Client: []Path{{"client_id"}},
		Roles:         []List{{Path{"roles"}, Array | Word}},
		Organizations: []List{{Path{"organizations"}, Array | Word}},
		Namespaces:    []List{{Path{"namespaces"}, Array | Word}},
		Scopes:        []List{{Path{"scope"}, Spaces}},
		Required:      []string{"aud", "sub", "client_id", "iat", "jti"},
	}
)

// microkubesScopes: users get `scopes`, and services among themselves `scope`.
var microkubesScopes = []List{{Path{"scope"}, Array | Spaces | Commas}, {Path{"scopes"}, Array | Spaces | Commas}}

func microkubesLists(name string) []List { return []List{{Path{name}, Array | Commas}} }
