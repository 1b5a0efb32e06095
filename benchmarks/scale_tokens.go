package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unsafe"

	golangjwt "github.com/golang-jwt/jwt/v5"
)

// maxToken is the size of the longest token that the library accepts by default.
const maxToken = 8 << 10

// tokenFile writes the values of Authorization for n users into a temporary file, and returns their issuer and the size of each.
// The caller removes the file, also after an error.
func tokenFile(ctx context.Context, n, claims int) (name string, i *issuer, size int, err error) {
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
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && len(token) > maxToken {
			err = fmt.Errorf("a token with %d claims has %d characters, and the default limit is %d: give fewer -claims",
				claims, len(token), maxToken)
		}
		if err != nil {
			return file.Name(), nil, 0, errors.Join(err, file.Close())
		}
		size = len(bearer(token)) // the same for all
		_, _ = w.WriteString(bearer(token))
	}
	return file.Name(), i, size, errors.Join(w.Flush(), file.Close())
}

// tokens are the values of Authorization of all users, in a file.
type tokens struct {
	file   *os.File
	users  int
	buffer []byte // of the size of one
}

// of returns the value of one user. It is in the same memory as that of the next call, as in a server, which reads its requests
// into a few buffers. So neither the heap has all tokens, nor does a request wait for the memory of its token.
func (t *tokens) of(user int) string {
	if _, err := t.file.ReadAt(t.buffer, int64(user*len(t.buffer))); err != nil {
		panic(err)
	}
	return unsafe.String(&t.buffer[0], len(t.buffer)) //nolint:gosec // no stack keeps it
}

// strings returns all values.
func (t *tokens) strings() []string {
	all := make([]string, t.users)
	for k := range all {
		all[k] = strings.Clone(t.of(k))
	}
	return all
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
