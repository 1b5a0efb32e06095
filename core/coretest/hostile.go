package coretest

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"iter"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Hostile yields bad tokens with their names, for tests of a service that trusts this issuer's Microkubes tokens: the service
// must refuse each with 401. Each call makes new tokens, so that a verifier cannot pass with a list of known ones. [Attacks] has
// many more, with keys of their own.
func (i *Issuer) Hostile() iter.Seq2[string, string] {
	return func(yield func(name, token string) bool) {
		for _, h := range i.hostile() {
			if !yield(h[0], h[1]) {
				return
			}
		}
	}
}

func (i *Issuer) hostile() [][2]string {
	now := i.now()
	id, _ := i.signer()
	good := i.Microkubes(nil)
	parts := strings.Split(good, ".")
	admin := Claims{"iss": i.Name, "sub": "admin", "userId": "admin", "username": "admin", "roles": "admin",
		"exp": now.Add(time.Hour).Unix()}
	header := func(changes map[string]any) string {
		h := map[string]any{"alg": i.algorithm, "typ": "JWT"}
		for name, value := range changes {
			h[name] = value
		}
		return i.Sign(h, admin)
	}
	impostor := NewIssuerFor(i.Name, i.algorithm)
	impostor.Clock = i.Clock
	return [][2]string{
		{"alg none", unsigned("none", admin)},
		{"alg None", unsigned("None", admin)},
		{"alg none with another signature", encode(map[string]any{"alg": "none"}) + "." + parts[1] + "." + parts[2]},
		{"no signature", parts[0] + "." + parts[1] + "."},
		{"forged payload", Forge(good, admin)},
		{"signed by an impostor", impostor.Microkubes(nil)},
		{"impostor's key in the header", impostor.Sign(map[string]any{"alg": i.algorithm, "jwk": map[string]any{}}, admin)},
		{"public key as a secret", i.confused(admin)},
		{"expired", i.Microkubes(Claims{"exp": now.Unix()})},
		{"never expires", i.Microkubes(Claims{"exp": Absent})},
		{"expires as a text", i.Microkubes(Claims{"exp": "9999999999"})},
		{"expired, hidden by case", i.Microkubes(Claims{"exp": 1, "EXP": now.Add(time.Hour).Unix()})},
		{"not valid yet", i.Microkubes(Claims{"nbf": now.Add(time.Hour).Unix()})},
		{"of another issuer", i.Microkubes(Claims{"iss": i.Name + "/"})},
		{"of no issuer", i.Microkubes(Claims{"iss": Absent})},
		{"bound to a key", i.Microkubes(Claims{"cnf": map[string]any{"jkt": "x"}})},
		{"user as a number", i.Microkubes(Claims{"userId": 7})},
		{"subject as a number", i.Microkubes(Claims{"sub": 7})},
		{"critical extension", header(map[string]any{"crit": []string{"x"}, "x": 1})},
		{"unencoded payload", header(map[string]any{"b64": false})},
		{"unknown kid", header(map[string]any{"kid": "unknown"})},
		{"kid as a path", header(map[string]any{"kid": "../" + id})},
		{"kid as a number", header(map[string]any{"kid": 1})},
		{"compressed", header(map[string]any{"zip": "DEF"})},
		{"another type", header(map[string]any{"typ": "dpop+jwt"})},
		{"duplicate claim", i.signText(`{"iss":"x","iss":"` + i.Name + `","sub":"admin","exp":9999999999}`)},
		{"invalid UTF-8", i.signText(`{"iss":"` + i.Name + "\",\"sub\":\"\xff\",\"exp\":9999999999}")},
		{"not an object", i.signText(`["` + i.Name + `"]`)},
		{"padded", good + "="},
		{"four segments", good + ".x"},
		{"two segments", parts[0] + "." + parts[1]},
		{"five segments", good + ".x.y"},
		{"only dots", ".."},
		{"not a token", "garbage"},
		{"too long", good + strings.Repeat("A", 8192)},
	}
}

func unsigned(algorithm string, claims Claims) string {
	return encode(map[string]any{"alg": algorithm, "typ": "JWT"}) + "." + encode(claims) + "."
}

// confused returns a token that is signed with HMAC, with the PEM text of the public key as the secret.
func (i *Issuer) confused(claims Claims) string {
	id, key := i.signer()
	der, err := x509.MarshalPKIXPublicKey(publicKey(key))
	if err != nil {
		panic("coretest: " + err.Error()) // newKey makes good keys only
	}
	signed := encode(map[string]any{"alg": "HS256", "typ": "JWT", "kid": id}) + "." + encode(claims)
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	signature, err := jwt.SigningMethodHS256.Sign(signed, secret)
	if err != nil {
		panic("coretest: " + err.Error())
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// signText signs a payload that an encoder would not write.
func (i *Issuer) signText(payload string) string {
	header := encode(map[string]any{"alg": i.algorithm, "typ": "JWT"})
	_, key := i.signer()
	return i.sign(key, header+"."+base64.RawURLEncoding.EncodeToString([]byte(payload)))
}
