package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/keys"
)

// content is what an oracle reads of a token.
type content struct {
	header struct {
		Alg, Kid, Typ string
	}
	claims struct {
		Iss, Jti string
		Aud      any
		Exp, Nbf int64
	}
	signed    string
	signature []byte
}

// mayPass reports whether a policy of the world may accept a text now. It shares no code with the library but that of the keys, so
// that a fault that all ways have in common is noticed. It ignores requirements that no memory can affect.
func (w *world) mayPass(text, tokenID string) bool {
	c, ok := read(text)
	if !ok || c.claims.Jti != tokenID || w.down || w.revoked[tokenID] {
		return false
	}
	store, audiences, leeway := 0, []string{"x"}, int64(0)
	access := strings.HasSuffix(strings.ToLower(c.header.Typ), "at+jwt")
	switch c.claims.Iss + map[bool]string{true: " access"}[access] {
	case "a", "d":
		audiences = nil // any
	case "b":
		audiences, leeway = []string{"y"}, 10
	case "c":
		store, audiences = 1, []string{"x", "y"}
	case "c access":
		store = 1
	case "a access", "b access":
	default:
		return false
	}
	early, late := time.Unix(c.claims.Nbf-leeway, 0), time.Unix(c.claims.Exp+leeway, 0)
	if w.clock.Before(early) || !w.clock.Before(late) || audiences != nil && !slices.ContainsFunc(audiences, c.isFor) {
		return false
	}
	return slices.ContainsFunc(w.stores[store].keys, c.isSignedBy)
}

func read(text string) (c content, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return c, false
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return c, false
		}
	}
	c.signed, c.signature = parts[0]+"."+parts[1], decoded[2]
	return c, json.Unmarshal(decoded[0], &c.header) == nil && json.Unmarshal(decoded[1], &c.claims) == nil
}

func (c *content) isFor(audience string) bool {
	if list, ok := c.claims.Aud.([]any); ok {
		return slices.Contains(list, any(audience))
	}
	return c.claims.Aud == audience
}

func (c *content) isSignedBy(key *keys.Key) bool {
	if c.header.Kid != "" && c.header.Kid != key.ID() || !key.Verifies(c.header.Alg) {
		return false
	}
	hash := sha256.Sum256([]byte(c.signed))
	switch k := key.Material().(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(k, []byte(c.signed), c.signature)
	case *ecdsa.PublicKey:
		half := len(c.signature) / 2
		return ecdsa.Verify(k, hash[:], new(big.Int).SetBytes(c.signature[:half]), new(big.Int).SetBytes(c.signature[half:]))
	case *rsa.PublicKey:
		switch c.header.Alg {
		case "RS256":
			return rsa.VerifyPKCS1v15(k, crypto.SHA256, hash[:], c.signature) == nil
		case "RS512":
			hash := sha512.Sum512([]byte(c.signed))
			return rsa.VerifyPKCS1v15(k, crypto.SHA512, hash[:], c.signature) == nil
		}
	}
	return false
}
