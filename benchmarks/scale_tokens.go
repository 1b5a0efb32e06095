package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
)

// tokenFile writes the values of Authorization for n users into a temporary file, and returns their issuer and the size of each.
// The caller removes the file, also after an error.
func tokenFile(n, claims int) (name string, i *issuer, size int, err error) {
	if i, err = newIssuer("EdDSA"); err != nil {
		return "", nil, 0, err
	}
	file, err := os.CreateTemp("", "tokens")
	if err != nil {
		return "", nil, 0, err
	}
	w := bufio.NewWriter(file)
	begin := time.Now()
	for k := range n {
		token, err := i.scaleToken(begin, k, claims)
		if err != nil {
			return file.Name(), nil, 0, errors.Join(err, file.Close())
		}
		size = len(bearer(token)) // the same for all
		_, _ = w.WriteString(bearer(token))
	}
	return file.Name(), i, size, errors.Join(w.Flush(), file.Close())
}

// scaleToken returns the token of one user with so many claims, but always with those that the stacks check.
func (i *issuer) scaleToken(now time.Time, user, claims int) (string, error) {
	set := golangjwt.MapClaims{
		"iss": issuerName, "aud": audience, "sub": subject, "exp": now.Add(12 * time.Hour).Unix(),
		"jti": fmt.Sprintf("%036d", user),
	}
	for _, more := range []struct {
		name  string
		value any
	}{
		{"iat", now.Unix()}, {"username", "user@example.com"}, {"roles", "user,editor"}, {"scopes", "api:read,orders:write"},
		{"organizations", "acme,globex"}, {"userId", subject}, {"locale", "mk-MK"},
	} {
		if len(set) < claims {
			set[more.name] = more.value
		}
	}
	for len(set) < claims {
		set[fmt.Sprint("claim_", len(set)+1)] = "a value of some length"
	}
	token := golangjwt.NewWithClaims(golangjwt.GetSigningMethod(i.alg), set)
	token.Header["kid"] = keyID
	return token.SignedString(i.private)
}
