package token

import "fmt"

// For tests from outside of what is too small to be seen through a provider.
var (
	IssuerOf = issuerOf
	FindIss  = findIss
)

// MaxIssuer is the length of the longest issuer that is read.
const MaxIssuer = maxIssuer

// Held is what the memory for tokens holds of one after it was looked at.
func Held(token string) (string, error) {
	t := (&signed{}).Open(token).(*signedToken)
	err := t.err
	t.Close()
	return fmt.Sprintf("%+v", t.Token), err
}
