package coretest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/microkubes/microkubes-go/core/keys"
)

// JWKS returns the published keys as a JWK Set (RFC 7517, section 5), each with kid, use and alg.
func (i *Issuer) JWKS() []byte {
	all := []map[string]string{}
	for _, key := range i.published() {
		all = append(all, i.jwk(key))
	}
	return toJSON(map[string]any{"keys": all})
}

// jwk returns the members of RFC 7518, section 6, or RFC 8037, section 2.
func (i *Issuer) jwk(key *keys.Key) map[string]string {
	text := base64.RawURLEncoding.EncodeToString
	w := map[string]string{"kid": key.ID(), "use": "sig", "alg": i.algorithm}
	switch k := key.Material().(type) {
	case *rsa.PublicKey:
		w["kty"], w["n"], w["e"] = "RSA", text(k.N.Bytes()), text(big.NewInt(int64(k.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := k.Bytes() // 4, x, y
		if err != nil {
			panic(fmt.Sprintf("coretest: %v", err)) // it was made by newKey
		}
		size := len(point) / 2
		w["kty"], w["crv"], w["x"], w["y"] = "EC", k.Params().Name, text(point[1:1+size]), text(point[1+size:])
	case ed25519.PublicKey:
		w["kty"], w["crv"], w["x"] = "OKP", "Ed25519", text(k)
	}
	return w
}

func toJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err))
	}
	return text
}
