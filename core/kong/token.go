package kong

import (
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// maxToken is the maximum length of a token in bytes.
const maxToken = 16 << 10

// checkToken refuses a bearer token that is not the one that the jwt plugin has verified. The plugin has found the credential by
// a claim of the token, and the identifier of the credential is the value of that claim.
//
// Without the jwt plugin, nobody has verified a bearer token that arrives here. The identifier of key-auth is a UUID. A client
// can write it into a token of its own, which the gateway forwards if the jwt plugin has `anonymous`.
func (r *registration) checkToken(req core.Request, identifier string) error {
	token, err := core.BearerToken(req)
	if err != nil || token == "" {
		return err
	}
	if scheme, _ := req.Header("Authorization"); !strings.HasPrefix(scheme, "Bearer ") && !strings.HasPrefix(scheme, "bearer ") {
		return errToken // the plugin finds no token behind "BEARER"
	}
	if r.keyClaim == "" || r.keyAuth && isUUID(identifier) || keyOf(token, r.keyClaim) != identifier {
		return errToken
	}
	return nil
}

// keyOf returns the claim name of a JSON Web Token, or the member of its header with that name if there is no such claim, as the
// plugin does. It returns "" if the token is not well-formed, and if the value is not a string.
func keyOf(token, name string) string {
	header, rest, _ := strings.Cut(token, ".")
	payload, _, ok := strings.Cut(rest, ".")
	if !ok || len(token) > maxToken {
		return ""
	}
	if value, found := member(payload, name); found {
		return value
	}
	value, _ := member(header, name)
	return value
}

// member returns a string of an object that is encoded as base64url. It reports true if there is a member of that name, and also
// if the object is not well-formed, so that no other value counts.
func member(segment, name string) (value string, found bool) {
	text, err := jws.Decode(segment)
	if err != nil {
		return "", true
	}
	err = strictjson.Object(string(text), func(n, v string) error {
		if n == name {
			value, _ = strictjson.String(v)
			found = true
		}
		return nil
	})
	if err != nil {
		return "", true
	}
	return value, found
}
