package core

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/identity"
)

func init() {
	identity.Of = func(auth any) identity.Content {
		a, _ := auth.(*Auth)
		d := a.data()
		c := identity.Content{
			Roles: d.Roles, Organizations: d.Organizations, Namespaces: d.Namespaces, Scopes: d.Scopes, Misread: d.misread,
		}
		if a != nil {
			c.Claims = a.claims
		}
		return c
	}
	identity.SetMisread = func(data any, parts identity.Misread) {
		if d, ok := data.(*AuthData); ok {
			d.misread = parts
		}
	}
}

// Auth is the identity of the sender of a request. It is immutable, because a cache shares it between requests, and safe for
// concurrent use. The methods of a nil Auth return empty values and false.
//
// It prints as "core.Auth", without any of its content, so that no claims get into a log by accident.
type Auth struct {
	d      AuthData // without Claims
	claims string
}

// AuthData has the content of an Auth for [NewAuth]. Every field is optional.
type AuthData struct {
	UserID        string // the platform's id of the user
	Username      string // on Microkubes the e-mail address
	Roles         []string
	Organizations []string
	Namespaces    []string
	Scopes        []string  // RFC 6749, section 3.3
	Subject       string    // "sub", RFC 7519, section 4.1.2
	ClientID      string    // the OAuth2 client, RFC 9068, section 2.2
	Issuer        string    // "iss", RFC 7519, section 4.1.1
	TokenID       string    // "jti", RFC 7519, section 4.1.7
	ExpiresAt     time.Time // zero if the identity does not expire by itself
	Claims        []byte    // a JSON object that [Auth.Claim] and [Auth.Claims] read; nil: no claims

	misread identity.Misread // what the token has in a form that cannot be read
}

// NewAuth returns an Auth with a copy of data. It copies the strings, too, which may be in memory that the framework uses again.
func NewAuth(data AuthData) *Auth {
	texts := [...]*string{&data.UserID, &data.Username, &data.Subject, &data.ClientID, &data.Issuer, &data.TokenID}
	lists := [...]*[]string{&data.Roles, &data.Organizations, &data.Namespaces, &data.Scopes}
	size, items := len(data.Claims), 0
	for _, s := range texts {
		size += len(*s)
	}
	for _, list := range lists {
		items += len(*list)
		for _, s := range *list {
			size += len(s)
		}
	}
	c := copier{items: make([]string, 0, items)} // all texts share one string, and all lists one array
	c.text.Grow(size)
	for _, s := range texts {
		*s = c.copy(*s)
	}
	for _, list := range lists {
		*list = c.copyAll(*list)
	}
	before := c.text.Len()
	c.text.Write(data.Claims)
	data.Claims = nil
	return &Auth{d: data, claims: c.text.String()[before:]}
}

// copier copies strings into one piece of memory, which the caller has made large enough.
type copier struct {
	text  strings.Builder
	items []string
}

func (c *copier) copy(s string) string {
	before := c.text.Len()
	c.text.WriteString(s)
	return c.text.String()[before:]
}

func (c *copier) copyAll(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	before := len(c.items)
	for _, s := range list {
		c.items = append(c.items, c.copy(s))
	}
	return slices.Clip(c.items[before:])
}

var noData AuthData

// data returns the content of a, which is empty if a is nil.
func (a *Auth) data() *AuthData {
	if a == nil {
		return &noData
	}
	return &a.d
}

// Data returns a copy of the content of a, with all claims. Change it and give it to [NewAuth] to make an identity with more in
// it, such as roles from a database: see [Enrich].
func (a *Auth) Data() AuthData {
	d := *a.data()
	for _, list := range [...]*[]string{&d.Roles, &d.Organizations, &d.Namespaces, &d.Scopes} {
		*list = slices.Clone(*list)
	}
	if a != nil && a.claims != "" {
		d.Claims = []byte(a.claims)
	}
	return d
}

// UserID returns the platform's id of the user.
func (a *Auth) UserID() string { return a.data().UserID }

// Username returns the name that the user signs in with; on Microkubes that is the e-mail address.
func (a *Auth) Username() string { return a.data().Username }

// Subject returns the subject of the token: a user or a client.
func (a *Auth) Subject() string { return a.data().Subject }

// ClientID returns the OAuth2 client that the token was issued to.
func (a *Auth) ClientID() string { return a.data().ClientID }

// Issuer returns the issuer that vouches for the identity.
func (a *Auth) Issuer() string { return a.data().Issuer }

// TokenID returns the id of the token, for revocation lists.
func (a *Auth) TokenID() string { return a.data().TokenID }

// ExpiresAt returns the time at which the identity expires, or the zero time if it does not expire by itself.
func (a *Auth) ExpiresAt() time.Time { return a.data().ExpiresAt }

// Roles returns a copy of the roles.
func (a *Auth) Roles() []string { return slices.Clone(a.data().Roles) }

// Scopes returns a copy of the granted scopes.
func (a *Auth) Scopes() []string { return slices.Clone(a.data().Scopes) }

// Organizations returns a copy of the organizations that the user belongs to.
func (a *Auth) Organizations() []string { return slices.Clone(a.data().Organizations) }

// Namespaces returns a copy of the namespaces that the user may use.
func (a *Auth) Namespaces() []string { return slices.Clone(a.data().Namespaces) }

// HasRole reports whether the identity has role. The comparison is case-sensitive.
func (a *Auth) HasRole(role string) bool { return slices.Contains(a.data().Roles, role) }

// HasScope reports whether the identity has scope. The comparison is case-sensitive (RFC 6749, section 3.3).
func (a *Auth) HasScope(scope string) bool { return slices.Contains(a.data().Scopes, scope) }

// InOrganization reports whether the user belongs to the organization. The comparison is case-sensitive.
func (a *Auth) InOrganization(name string) bool { return slices.Contains(a.data().Organizations, name) }

// InNamespace reports whether the user may use the namespace. The comparison is case-sensitive.
func (a *Auth) InNamespace(name string) bool { return slices.Contains(a.data().Namespaces, name) }

// Format prints "core.Auth" for every verb of package fmt, also for a copy of an Auth.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "core.Auth") }
