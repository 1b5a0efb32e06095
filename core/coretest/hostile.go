package coretest

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"iter"
	"maps"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Hostile yields bad tokens with their names, for tests of a service that trusts this issuer's Microkubes tokens: the service
// must refuse each with 401. Each call makes new tokens, so that a verifier cannot pass with a list of known ones. [Attacks] has
// many more, with keys of their own.
func (i *Issuer) Hostile() iter.Seq2[string, string] {
	return i.HostileTo(map[string]any{"typ": "JWT"}, i.microkubes())
}

// HostileTo is like Hostile, for a service whose good tokens have other header parameters and claims: each token has them, but
// for the one fault that it is named after. If claims has aud, there are two more tokens, one for another audience and one for
// none. The algorithm is the issuer's, whatever header says.
func (i *Issuer) HostileTo(header map[string]any, claims Claims) iter.Seq2[string, string] {
	return func(yield func(name, token string) bool) {
		for _, h := range i.hostile(header, claims) {
			if !yield(h[0], h[1]) {
				return
			}
		}
	}
}

// form is how a service wants its tokens.
type form struct {
	*Issuer
	usual  map[string]any
	claims Claims
}

// with returns the usual header with changes.
func (f form) with(changes map[string]any) map[string]any {
	h := maps.Clone(f.usual)
	h["alg"] = f.algorithm
	maps.Copy(h, changes)
	return h
}

// mint returns a token with changed claims.
func (f form) mint(changes Claims) string {
	return f.Sign(f.with(nil), maps.Clone(f.claims).with(changes, false))
}

// audiences returns tokens for other services, if good tokens name this one.
func (f form) audiences() [][2]string {
	if f.claims["aud"] == nil {
		return nil
	}
	return [][2]string{
		{"for another audience", f.mint(Claims{"aud": "https://another-audience.test"})},
		{"for no audience", f.mint(Claims{"aud": Absent})},
	}
}

func (i *Issuer) hostile(usual map[string]any, claims Claims) [][2]string {
	now := i.now()
	id, _ := i.signer()
	f := form{i, usual, claims}
	mint, with := f.mint, f.with
	admin := maps.Clone(claims).with(Claims{"sub": "admin", "userId": "admin", "username": "admin", "roles": "admin"}, false)
	header := func(changes map[string]any) string { return i.Sign(with(changes), admin) }
	unsigned := func(algorithm string) string {
		return encode(with(map[string]any{"alg": algorithm})) + "." + encode(admin) + "."
	}
	text := func(from, to string) string { return i.signText(with(nil), strings.Replace(plain(admin), from, to, 1)) }
	good := mint(nil)
	parts := strings.Split(good, ".")
	impostor := NewIssuerFor(i.Name, i.algorithm)
	own := impostor.jwk(impostor.published()[0])
	return append(f.audiences(), [][2]string{
		{"alg none", unsigned("none")},
		{"alg None", unsigned("None")},
		{"alg none with another signature", encode(with(map[string]any{"alg": "none"})) + "." + parts[1] + "." + parts[2]},
		{"no signature", parts[0] + "." + parts[1] + "."},
		{"forged payload", Forge(good, admin)},
		{"signed by an impostor", impostor.Sign(with(nil), claims)},
		{"impostor's key in the header", impostor.Sign(with(map[string]any{"jwk": own}), admin)},
		{"public key as a secret", i.confused(with(map[string]any{"alg": "HS256", "kid": id}), admin)},
		{"expired", mint(Claims{"exp": now.Unix()})},
		{"never expires", mint(Claims{"exp": Absent})},
		{"expires as a text", mint(Claims{"exp": "9999999999"})},
		{"expired, hidden by case", mint(Claims{"exp": 1, "EXP": now.Add(time.Hour).Unix()})},
		{"not valid yet", mint(Claims{"nbf": now.Add(time.Hour).Unix()})},
		{"of another issuer", mint(Claims{"iss": i.Name + "/"})},
		{"of no issuer", mint(Claims{"iss": Absent})},
		{"bound to a key", mint(Claims{"cnf": map[string]any{"jkt": "x"}})},
		{"user as a number", mint(Claims{"userId": 7})},
		{"subject as a number", mint(Claims{"sub": 7})},
		{"critical extension", header(map[string]any{"crit": []string{"x"}, "x": 1})},
		{"unencoded payload", header(map[string]any{"b64": false})},
		{"unknown kid", header(map[string]any{"kid": "unknown"})},
		{"kid as a path", header(map[string]any{"kid": "../" + id})},
		{"kid as a number", header(map[string]any{"kid": 1})},
		{"compressed", header(map[string]any{"zip": "DEF"})},
		{"another type", header(map[string]any{"typ": "dpop+jwt"})},
		{"duplicate claim", text("{", `{"iss":"x",`)},
		{"invalid UTF-8", text(`"sub":"admin"`, "\"sub\":\"\xff\"")},
		{"not an object", i.signText(with(nil), `["`+i.Name+`"]`)},
		{"padded", good + "="},
		{"four segments", good + ".x"},
		{"two segments", parts[0] + "." + parts[1]},
		{"five segments", good + ".x.y"},
		{"only dots", ".."},
		{"not a token", "garbage"},
		{"too long", good + strings.Repeat("A", 8192)},
	}...)
}

// plain returns claims as JSON.
func plain(claims Claims) string {
	text, err := base64.RawURLEncoding.DecodeString(encode(claims))
	if err != nil {
		panic("coretest: " + err.Error()) // encode has just written it
	}
	return string(text)
}

// confused returns a token that is signed with HMAC, with the PEM text of the public key as the secret.
func (i *Issuer) confused(header map[string]any, claims Claims) string {
	_, key := i.signer()
	der, err := x509.MarshalPKIXPublicKey(publicKey(key))
	if err != nil {
		panic("coretest: " + err.Error()) // newKey makes good keys only
	}
	signed := encode(header) + "." + encode(claims)
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	signature, err := jwt.SigningMethodHS256.Sign(signed, secret)
	if err != nil {
		panic("coretest: " + err.Error())
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// signText signs a payload that an encoder would not write.
func (i *Issuer) signText(header map[string]any, payload string) string {
	_, key := i.signer()
	return i.sign(key, encode(header)+"."+base64.RawURLEncoding.EncodeToString([]byte(payload)))
}
