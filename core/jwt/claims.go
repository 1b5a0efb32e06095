package jwt

import "github.com/microkubes/microkubes-go/core/internal/claims"

// The types of this file are aliases of the types in package claims. They are written out here, where users read them.

// Claims says which claims hold the identity, and which claims and values a token must have. A field that is nil is as the
// package reads tokens without it. A field that is set replaces that list alone; an empty list that is not nil stands for no
// claim.
//
// For example, the roles and the access tokens of Keycloak, whose ID tokens have the `typ` ID among their claims:
//
//	config.Claims.Roles = []jwt.List{{Path: jwt.Path{"realm_access", "roles"}}}
//	config.Claims.Values = []jwt.Value{{Path: jwt.Path{"typ"}, OneOf: []string{"Bearer"}}}
//
// The claims that RFC 7519 registers (`iss`, `sub`, `aud`, `exp`, `nbf`, `iat`, `jti`) are read and checked in any case. A token
// is refused for the type of a claim only if the claim is one of them, names the user, or is required. Any other claim of an
// unexpected form grants nothing and refuses nothing.
//
// The condition that a token does not meet is in the log and in [core.Event], by the name that it has here. The client does not
// get it.
type Claims struct {
	// User, Name and Client are the places of the user's id, of the user's name and of the OAuth2 client, in order of preference.
	// The first one that is a string and not empty is used. Set User for an issuer that is not Microkubes: package jwt prefers
	// `userId` to `sub`, and another issuer may let users choose the value of that claim. A token that names no user has no name,
	// so Name may be `sub`, which is the client in a token of a client.
	User, Name, Client []Text
	// Roles, Scopes, Organizations and Namespaces are the places of lists. The identity has the items of all of them. An item
	// that is in several places is in the identity once.
	Roles, Scopes, Organizations, Namespaces []List

	// SubjectOptional accepts a token that has neither `sub` nor a user, but a client. A token that names nobody at all is
	// refused.
	SubjectOptional bool
	// Required lists claims that a token must have, and that must not be null or empty. Of several in one element a token needs
	// one:
	//
	//	config.Claims.Required = [][]jwt.Path{{{"jti"}}, {{"scp"}, {"roles"}}}
	//
	// In package oauth2 it replaces the claims that the form requires.
	Required [][]Path
	// Values lists claims that must have one of some values, such as those that tell access tokens from other tokens.
	Values []Value
	// Absent lists claims that a token must not have, not even empty or null.
	Absent []Path
}

// Path is the place of a claim: the names of the members that lead to it. It is a list because names may contain dots and be
// URLs: jwt.Path{"https://example.com/roles"}, jwt.Path{"kubernetes.io", "namespace"}. Names are compared exactly.
type Path = []string

// Text is the place of a text.
type Text struct {
	Path Path
	// If is the place of another claim. Unless that one is true, the text counts as absent: an `email` only where
	// `email_verified` is true. Nil: the text counts in any case.
	If Path
}

// List is the place of a list.
type List struct {
	Path Path
	// Form is the set of forms in which the list may be, such as Array|Spaces. In any other form it is empty. Zero: Array|Spaces
	// for scopes, and Array|Word for other lists.
	Form Form
}

// Value is a claim that must have one of some values.
type Value struct {
	Path Path
	// OneOf lists the values. A string is compared exactly with each, and a number, true and false by their JSON text. Null, an
	// array and an object are none of them.
	OneOf []string
	// Optional accepts a token without the claim.
	Optional bool
	// Issuer limits the condition to the tokens of one of Config.Issuers, or of any one with Config.AnyIssuer. Tokens of other
	// issuers do not have to meet it. With an element for each issuer a claim must fit the issuer, such as the tenant of Entra
	// ID. Empty: the condition is for all tokens.
	Issuer string
}

// dialect returns c as the reader of claims needs it.
func (c Claims) dialect() claims.Dialect {
	text := func(t Text) claims.Text { return claims.Text(t) }
	list := func(l List) claims.List { return claims.List(l) }
	return claims.Dialect{
		User: converted(c.User, text), Name: converted(c.Name, text), Client: converted(c.Client, text),
		Roles: converted(c.Roles, list), Scopes: converted(c.Scopes, list),
		Organizations: converted(c.Organizations, list), Namespaces: converted(c.Namespaces, list),
		SubjectOptional: c.SubjectOptional, Required: c.Required,
		Values: converted(c.Values, func(v Value) claims.Value { return claims.Value(v) }), Absent: c.Absent,
	}
}

// converted returns a converted copy of a list. The copy of nil is nil, which is not the same as an empty list.
func converted[T, U any](list []T, convert func(T) U) (all []U) {
	if list != nil {
		all = make([]U, len(list))
	}
	for i, item := range list {
		all[i] = convert(item)
	}
	return all
}

// Form is a set of forms of a list. Empty items are dropped.
type Form = claims.Form

// The forms of a list. A string has one of Word, Spaces, Commas and Spaces|Commas.
const (
	Array  Form = claims.Array  // an array of strings; with any other element in it, it is empty
	Word   Form = claims.Word   // a string that is one item
	Spaces Form = claims.Spaces // a string of items, separated by spaces
	Commas Form = claims.Commas // a string of items, separated by commas, with or without spaces around them
	Keys   Form = claims.Keys   // an object whose names are items if their value is true or a non-empty object
)
