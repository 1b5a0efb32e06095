package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Auth says who a request comes from. It is immutable, because a cache shares it between requests, and safe for
// concurrent use. A nil Auth is nobody: its methods answer with empty values and false.
//
// It prints as "core.Auth", without any of its content, so that a stray %v does not put claims in a log.
type Auth struct {
	d      AuthData // without Claims
	claims string
}

// AuthData is what [NewAuth] makes an Auth of. Every field is optional.
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
	ExpiresAt     time.Time // zero where the identity does not expire by itself
	Claims        []byte    // a JSON object that Claim reads from; nil for none
}

// ErrNoClaim is what [Auth.Claim] returns where there is no claim of that name.
var ErrNoClaim = errors.New("core: no such claim")

// NewAuth copies the data, strings and all: they may point into a buffer that the framework will reuse.
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
	c := copier{items: make([]string, 0, items)} // all texts are parts of one copy, all lists of one array
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

// copier copies strings into one piece of memory, which has been made large enough.
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

var nobody = new(Auth)

func (a *Auth) data() *AuthData {
	if a == nil {
		return &nobody.d
	}
	return &a.d
}

// UserID is the platform's id of the user.
func (a *Auth) UserID() string { return a.data().UserID }

// Username is the name the user signs in with; on Microkubes the e-mail address.
func (a *Auth) Username() string { return a.data().Username }

// Subject is the subject of the token: a user, or a client.
func (a *Auth) Subject() string { return a.data().Subject }

// ClientID is the OAuth2 client that the token was issued to.
func (a *Auth) ClientID() string { return a.data().ClientID }

// Issuer is who vouches for the identity.
func (a *Auth) Issuer() string { return a.data().Issuer }

// TokenID is the id of the token, for revocation lists.
func (a *Auth) TokenID() string { return a.data().TokenID }

// ExpiresAt is when the identity stops being good; zero where it does not expire by itself.
func (a *Auth) ExpiresAt() time.Time { return a.data().ExpiresAt }

// Roles returns a copy of the roles.
func (a *Auth) Roles() []string { return slices.Clone(a.data().Roles) }

// Scopes returns a copy of the granted scopes.
func (a *Auth) Scopes() []string { return slices.Clone(a.data().Scopes) }

// Organizations returns a copy of the organizations that the user belongs to.
func (a *Auth) Organizations() []string { return slices.Clone(a.data().Organizations) }

// Namespaces returns a copy of the namespaces that the user may use.
func (a *Auth) Namespaces() []string { return slices.Clone(a.data().Namespaces) }

// HasRole compares exactly.
func (a *Auth) HasRole(role string) bool { return slices.Contains(a.data().Roles, role) }

// HasScope compares exactly, as RFC 6749, section 3.3 asks.
func (a *Auth) HasScope(scope string) bool { return slices.Contains(a.data().Scopes, scope) }

// InOrganization compares exactly.
func (a *Auth) InOrganization(name string) bool { return slices.Contains(a.data().Organizations, name) }

// InNamespace compares exactly.
func (a *Auth) InNamespace(name string) bool { return slices.Contains(a.data().Namespaces, name) }

// Claim decodes the claim of that exact name into v, a pointer, as [json.Unmarshal] does. It returns [ErrNoClaim]
// where the token has none.
func (a *Auth) Claim(name string, v any) error {
	if a == nil || a.claims == "" {
		return ErrNoClaim
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.claims), &all); err != nil {
		return fmt.Errorf("core: the claims are not a JSON object: %w", err)
	}
	raw, ok := all[name]
	if !ok {
		return ErrNoClaim
	}
	return json.Unmarshal(raw, v)
}

// Format hides the content from every verb of package fmt, for a copy, too.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "core.Auth") }
