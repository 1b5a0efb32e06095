// Package claims reads the claims of a token and checks them.
//
// Issuers write an identity in different claims and forms, and tell kinds of tokens apart by different claims. A [Dialect]
// describes this as data, so another issuer needs another Dialect and no code. The claims that RFC 7519 registers (iss, sub, aud,
// exp, nbf, iat, jti) and their checks are the same in every dialect.
//
// A token is refused for the type of a claim only if a rule depends on that claim: a registered claim, a claim that names the
// user, or a claim that the dialect requires. A token with `cnf` is always refused. Any other claim of an unexpected form is
// ignored and grants nothing.
package claims

import "slices"

// Dialect describes where and how an issuer writes an identity, and which claims a token must have. jwt.Claims documents its
// fields, apart from Repeat.
type Dialect struct {
	User, Name, Client                       []Text
	Roles, Scopes, Organizations, Namespaces []List
	SubjectOptional                          bool
	Required                                 [][]Path
	Values                                   []Value
	Absent                                   []Path
	Repeat                                   Repeat
}

// Path is the place of a claim: see jwt.Path.
type Path = []string

// Text is the place of a text: see jwt.Text.
type Text struct {
	Path Path
	If   Path
}

// List is the place of a list: see jwt.List.
type List struct {
	Path Path
	Form Form
}

// Value is a claim that must have one of some values: see jwt.Value.
type Value struct {
	Path     Path
	OneOf    []string
	Optional bool
	Issuer   string
}

// Form is a set of forms of a list. A value in a form that is not in the set counts as an empty list.
type Form uint8

// The forms. Empty items are dropped.
const (
	Array      Form = 1 << iota // an array of strings, each of which is an item; an array with any other element is empty
	Word                        // a string that is a single item
	Spaces                      // a string of items, separated by spaces
	Commas                      // a string of items, separated by commas, with optional spaces around items
	TrueKeys                    // an object whose names are items if their value is true
	ObjectKeys                  // an object whose names are items if their value is a non-empty object
)

// Keys is both forms of an object.
const Keys = TrueKeys | ObjectKeys

// Forms is the set of all forms.
const Forms = Array | Word | Spaces | Commas | Keys

// The dialects of the packages jwt and oauth2.
var (
	// JWTIssuer is the dialect of Microkubes' jwt-issuer. Package jwt uses it for any issuer. The user is in `userId` or else in
	// the subject, and a list is an array or a text with separators.
	JWTIssuer = Dialect{
		User: texts("userId", "sub"), Name: texts("username"), Client: texts("client_id"),
		Roles:         lists(Array|Commas, "roles"),
		Organizations: lists(Array|Commas, "organizations"),
		Namespaces:    lists(Array|Commas, "namespaces"),
		Scopes:        microkubesScopes,
	}
	// AuthorizationServer is the dialect of Microkubes' authorization-server. It differs from [JWTIssuer] in that the subject is
	// the client, and in that claims are required.
	AuthorizationServer = Dialect{
		User: texts("userId", "sub"), Name: texts("username"), Client: texts("client_id", "sub"),
		Roles:         lists(Array|Commas, "roles"),
		Organizations: lists(Array|Commas, "organizations"),
		Namespaces:    lists(Array|Commas, "namespaces"),
		Scopes:        microkubesScopes,
		Required:      each("sub", "userId", "username"),
	}
	// AccessToken is the dialect of RFC 9068. The subject is the user. `scope` is a text with spaces (RFC 8693, section 4.2), in
	// which a comma is part of a scope. Roles that are objects, which RFC 9068, section 2.2.3.1 allows, grant nothing.
	AccessToken = Dialect{
		User: texts("sub"), Name: texts("username"), Client: texts("client_id"),
		Roles:         lists(Array|Word, "roles"),
		Organizations: lists(Array|Word, "organizations"),
		Namespaces:    lists(Array|Word, "namespaces"),
		Scopes:        lists(Spaces, "scope"),
		Required:      each("aud", "sub", "client_id", "iat", "jti"),
	}
)

// microkubesScopes are the places of scopes in Microkubes' tokens: `scopes` for users, and `scope` between services.
var microkubesScopes = lists(Array|Spaces|Commas, "scope", "scopes")

// texts returns the places of a text in top-level claims.
func texts(names ...string) (all []Text) {
	for _, name := range names {
		all = append(all, Text{Path: Path{name}})
	}
	return all
}

// lists returns the places of a list in top-level claims.
func lists(form Form, names ...string) (all []List) {
	for _, name := range names {
		all = append(all, List{Path: Path{name}, Form: form})
	}
	return all
}

// each returns the requirement of all of some top-level claims.
func each(names ...string) (all [][]Path) {
	for _, name := range names {
		all = append(all, []Path{{name}})
	}
	return all
}

// The forms of a list whose Form is zero. A string of scopes is separated by spaces (RFC 8693, section 4.2). Any other string is
// one item, because splitting it could grant more than its issuer meant. The names in an object are items only if that is asked
// for: one level too high they would be the names of other things.
const (
	defaultForm      = Array | Word
	defaultScopeForm = Array | Spaces
)

// Merge returns base with the fields of chosen that are not nil in place of its own.
func Merge(base, chosen Dialect) Dialect {
	replace(&base.User, chosen.User)
	replace(&base.Name, chosen.Name)
	replace(&base.Client, chosen.Client)
	replace(&base.Roles, withDefault(chosen.Roles, defaultForm))
	replace(&base.Scopes, withDefault(chosen.Scopes, defaultScopeForm))
	replace(&base.Organizations, withDefault(chosen.Organizations, defaultForm))
	replace(&base.Namespaces, withDefault(chosen.Namespaces, defaultForm))
	if base.SubjectOptional = chosen.SubjectOptional; base.SubjectOptional {
		base.Required = slices.DeleteFunc(slices.Clone(base.Required), IsSubject)
	}
	replace(&base.Required, chosen.Required)
	replace(&base.Values, chosen.Values)
	replace(&base.Absent, chosen.Absent)
	return base
}

func replace[T any](list *[]T, chosen []T) {
	if chosen != nil {
		*list = chosen
	}
}

func withDefault(places []List, form Form) []List {
	places = slices.Clone(places)
	for i := range places {
		if places[i].Form == 0 {
			places[i].Form = form
		}
	}
	return places
}

// IsSubject reports whether `sub` is the only one of some alternatives.
func IsSubject(alternatives []Path) bool {
	return len(alternatives) == 1 && slices.Equal(alternatives[0], Path{"sub"})
}
