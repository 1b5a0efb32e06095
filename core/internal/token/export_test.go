package token

import "fmt"

// Exported for tests, because their effect cannot be seen through a provider.
var (
	IssuerOf = issuerOf
	FindIss  = findIss
)

// MaxIssuer is the length of the longest issuer that is read, in bytes.
const MaxIssuer = maxIssuer

// Held returns what the pools still hold of a token after it was verified.
func Held(token string) (string, error) {
	t := (&signed{}).Open(token).(*signedToken)
	err := t.err
	t.Close()
	return fmt.Sprintf("%+v", t.Token), err
}
