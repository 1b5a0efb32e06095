package verdict

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// algorithms are tokens that are not signed as the key demands.
func algorithms(i *Issuer) []Request {
	const bound = "the key decides the algorithm (RFC 8725, section 3.1)"
	der := i.der()
	hs256 := func(secret []byte) string {
		return signed(jwt.SigningMethodHS256, i.header(object{"alg": "HS256"}), i.claims(nil), secret)
	}
	other := func(method jwt.SigningMethod) string {
		return signed(method, i.header(object{"alg": method.Alg()}), i.claims(nil), i.key)
	}
	unsigned := func(alg any) string {
		return segment([]byte(i.header(object{"alg": alg}))) + "." + segment([]byte(i.claims(nil))) + "."
	}
	good := strings.Split(i.token(nil, nil), ".")
	return []Request{
		with("`alg` none", unsigned("none"), bound), with("`alg` None", unsigned("None"), bound),
		with("`alg` none before a good signature", segment([]byte(i.header(object{"alg": "none"})))+"."+good[1]+"."+good[2], bound),
		with("no `alg`", i.token(object{"alg": nil}, nil), bound), with("`alg` as a number", i.token(object{"alg": 1}, nil), bound),
		with("`alg` rs256, in lower case", i.token(object{"alg": "rs256"}, nil), bound),
		with("HS256, signed with the PEM of the public key", hs256(i.PEM), bound),
		with("HS256, signed with the DER of the public key", hs256(der), bound),
		with("HS256, signed with the modulus of the public key", hs256(i.key.N.Bytes()), bound),
		with("HS256, signed with an empty secret", hs256([]byte{}), bound),
		with("RS512, signed with the right key", other(jwt.SigningMethodRS512), "an algorithm that is not configured"),
		with("PS256, signed with the right key", other(jwt.SigningMethodPS256), "an algorithm that is not configured"),
	}
}

// headers are tokens with hostile headers.
func headers(i *Issuer) []Request {
	const (
		crit = "an extension that is not understood (RFC 7515, section 4.1.11)"
		kind = "a token of another kind (RFC 8725, section 3.11)"
		kid  = "no key has that `kid`; 503 while the key set cannot be asked again, ten seconds after a made-up `kid`"
		own  = "keys come from the configured issuer alone (RFC 8725, section 3.10)"
	)
	der, stranger := i.der(), strangersKey()
	jwk := object{"kty": "RSA", "n": segment(stranger.N.Bytes()), "e": "AQAB"}
	embedded := func(changes object) string {
		return signed(jwt.SigningMethodRS256, i.header(changes), i.claims(nil), stranger)
	}
	return []Request{
		with("`crit` with an unknown extension", i.token(object{"crit": []string{"x"}, "x": 1}, nil), crit),
		with("`crit` with `exp`", i.token(object{"crit": []string{"exp"}, "exp": 1}, nil), crit),
		with("an empty `crit`", i.token(object{"crit": []string{}}, nil), crit),
		with("`crit` as a text", i.token(object{"crit": "x"}, nil), crit),
		with("`b64` false without `crit`", i.token(object{"b64": false}, nil), "a payload that is not encoded (RFC 7797, section 6)"),
		with("`zip`", i.token(object{"zip": "DEF"}, nil), "for encrypted tokens alone (RFC 7516, section 4.1.3)"),
		with("an unknown `kid`", i.token(object{"kid": "key-2"}, nil), kid),
		with("`kid` with a path", i.token(object{"kid": "../key-1"}, nil), kid),
		with("`kid` as a number", i.token(object{"kid": 1}, nil), "`kid` must be a string (RFC 7515, section 4.1.4)"),
		with("an empty `kid`", i.token(object{"kid": ""}, nil), "a `kid` must name a key"),
		with("no `kid`", i.token(object{"kid": nil}, nil), "without a `kid` each key that fits is tried"),
		with("signed with another key", embedded(nil), own),
		with("another key in `jwk`", embedded(object{"jwk": jwk}), own),
		with("another key in `jwk`, without a `kid`", embedded(object{"jwk": jwk, "kid": nil}), own),
		with("another key at `x5u` and `jku`", embedded(object{"x5u": i.JWKS, "jku": i.JWKS}), own),
		with("another key in `x5c`", embedded(object{"x5c": []string{base64.StdEncoding.EncodeToString(der)}}), own),
		with("a good signature beside a `jwk`", i.token(object{"jwk": jwk}, nil), "`jwk` is not looked at"),
		with("no `typ`", i.token(object{"typ": nil}, nil), "a token without `typ` is allowed"),
		with("`typ` jwt, in lower case", i.token(object{"typ": "jwt"}, nil), "a type has no case (RFC 7515, section 4.1.9)"),
		with("`typ` application/jwt", i.token(object{"typ": "application/jwt"}, nil), "the same type (RFC 7515, section 4.1.9)"),
		with("`typ` at+jwt", i.token(object{"typ": "at+jwt"}, nil), "name the type in `Config.Types` if your issuer has it"),
		with("`typ` dpop+jwt", i.token(object{"typ": "dpop+jwt"}, nil), kind),
		with("`typ` logout+jwt", i.token(object{"typ": "logout+jwt"}, nil), kind),
		with("`typ` secevent+jwt", i.token(object{"typ": "secevent+jwt"}, nil), kind),
		with("`typ` as a number", i.token(object{"typ": 1}, nil), kind),
		with("`cty` JWT, around garbage", i.token(object{"cty": "JWT"}, nil), "`cty` is not looked at"),
		with("two `alg` in the header", i.sign(`{"alg":"none","alg":"RS256","kid":"key-1"}`, i.claims(nil)),
			"names must be unique (RFC 7515, section 4)"),
		with("`ALG` beside `alg`", i.token(object{"ALG": "none"}, nil), "names are compared exactly (RFC 7515, section 5.3)"),
		with("a header that is a list", i.sign(`["RS256"]`, i.claims(nil)), "the header is an object (RFC 7515, section 4)"),
		with("text behind the header's object", i.sign(i.header(nil)+"x", i.claims(nil)), "the header is one object (RFC 7515, section 4)"),
	}
}

// der returns the public key without PEM.
func (i *Issuer) der() []byte {
	block, _ := pem.Decode(i.PEM)
	return block.Bytes
}

// strangersKey returns a key that no service trusts.
func strangersKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // rand.Reader does not fail
	}
	return key
}

// signatures are good tokens that are written in another way.
func signatures(i *Issuer) []Request {
	const (
		base = "another way to write the same bytes (RFC 7515, section 2)"
		form = "three parts (RFC 7515, section 3.1)"
	)
	good := i.token(nil, nil)
	parts := strings.Split(good, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		panic(err) // it was encoded by sign
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, good[len(good)-1])
	return []Request{
		with("an empty signature", parts[0]+"."+parts[1]+".", form),
		with("no signature and no dot", parts[0]+"."+parts[1], form),
		with("four parts", good+".x", form), with("five parts", good+".x.y", form), with("only dots", "..", form),
		with("garbage", "garbage", form),
		with("another payload under the signature", parts[0]+"."+segment([]byte(i.claims(object{"name": "eve"})))+"."+parts[2],
			"the signature is wrong"),
		with("a shortened signature", parts[0]+"."+parts[1]+"."+segment(raw[:200]), "the signature is wrong"),
		with("a lengthened signature", parts[0]+"."+parts[1]+"."+segment(append(raw, 0)), "the signature is wrong"),
		with("base64 with padding", good+"==", base),
		with("base64 with other trailing bits", good[:len(good)-1]+string(alphabet[last^1]), base),
		with("base64 of the other alphabet", parts[0]+"."+parts[1]+"."+base64.RawStdEncoding.EncodeToString(raw), base),
		with("base64 with padding in the header", parts[0]+"=."+parts[1]+"."+parts[2], base),
		with("percent-encoding in the token", strings.Replace(good, ".", "%2E", 1), base),
		with("a token of 8,000 bytes", long(i, 8000), "8 KiB work on every framework"),
		with("a token of 9,000 bytes", long(i, 9000), "longer than `Config.MaxSize`, which is 8 KiB"),
	}
}

// registered are tokens with the claims of RFC 7519 changed.
func registered(i *Issuer) []Request {
	now := time.Now()
	number := func(text string) any { return json.RawMessage(text) }
	const (
		exp      = "a token must have `exp`, a number that is in the future"
		iss      = "the issuer must be the configured one (RFC 8725, section 3.8)"
		aud      = "the token must be for this service (RFC 8725, section 3.9)"
		sub      = "a token must name its user"
		kind     = "a registered claim of the wrong type"
		overflow = "a time beyond the year 9999"
	)
	claim := func(name, claim string, value any, why string) Request {
		return with(name, i.token(nil, object{claim: value}), why)
	}
	return []Request{
		claim("expired", "exp", now.Add(-time.Minute).Unix(), exp), claim("no `exp`", "exp", nil, exp),
		claim("`exp` as a string", "exp", "9999999999", exp), claim("`exp` null", "exp", number("null"), exp),
		claim("`exp` 0", "exp", 0, exp), claim("`exp` negative", "exp", -1, exp),
		claim("`exp` as a list", "exp", []int{1}, exp), claim("`exp` true", "exp", true, exp),
		claim("`exp` with a fraction, in the future", "exp", number("4000000000.5"), "a NumericDate may have a fraction (RFC 7519, section 2)"),
		claim("`exp` with a fraction, in the past", "exp", number("1000000000.5"), exp),
		claim("`exp` with an exponent", "exp", number("4e9"), "a NumericDate is a JSON number (RFC 7519, section 2)"),
		claim("`exp` 1e300", "exp", number("1e300"), overflow), claim("`exp` 9223372036854775808", "exp", number("9223372036854775808"), overflow),
		claim("`nbf` in the future", "nbf", now.Add(time.Hour).Unix(), "not valid yet (RFC 7519, section 4.1.5)"),
		claim("`nbf` as a string", "nbf", "0", kind), claim("`nbf` null", "nbf", number("null"), kind),
		claim("`iat` in the future", "iat", now.Add(time.Hour).Unix(), "RFC 7519, section 4.1.6, has no condition for `iat`"),
		claim("`iat` as a string", "iat", "0", kind), claim("no `iat`", "iat", nil, "`iat` is optional (RFC 7519, section 4.1.6)"),
		claim("another `iss`", "iss", "https://evil.example.com", iss), claim("no `iss`", "iss", nil, iss),
		claim("`iss` with a slash behind", "iss", i.Name+"/", iss), claim("`iss` in upper case", "iss", strings.ToUpper(i.Name), iss),
		claim("`iss` as a list", "iss", []string{i.Name}, iss), claim("`iss` as a number", "iss", 1, iss),
		claim("another `aud`", "aud", "https://other.example.com", aud), claim("no `aud`", "aud", nil, aud),
		claim("`aud` with this service in a list", "aud", []string{"x", Audience}, "one of several audiences is enough (RFC 7519, section 4.1.3)"), claim("`aud` an empty list", "aud", []string{}, aud),
		claim("`aud` of another case", "aud", strings.ToUpper(Audience), aud), claim("`aud` with a slash behind", "aud", Audience+"/", aud),
		claim("`aud` with a number in the list", "aud", []any{Audience, 1}, kind), claim("`aud` as a number", "aud", 1, kind),
		claim("no `sub`", "sub", nil, sub), claim("an empty `sub`", "sub", "", sub), claim("`sub` as a number", "sub", 1, kind),
		claim("`sub` null", "sub", number("null"), sub), claim("`jti` as a number", "jti", 1, kind),
	}
}

// otherClaims are tokens of other kinds, and payloads that two parsers read differently.
func otherClaims(i *Issuer) []Request {
	const (
		unique = "names must be unique (RFC 7519, section 4)"
		exact  = "names are compared exactly (RFC 7519, section 7.3)"
		text   = "JSON that two parsers read differently"
	)
	good := i.claims(nil)
	behind := func(members string) string { return i.sign(i.header(nil), good[:len(good)-1]+","+members+"}") }
	return []Request{
		with("`sub` twice", behind(`"sub":"eve"`), unique), with("`name` twice", behind(`"name":"eve"`), unique),
		with("`exp` twice, the first in the past", i.sign(i.header(nil), `{"exp":1,`+good[1:]), unique),
		with("a name twice in a nested object", behind(`"x":{"a":1,"a":2}`), unique),
		with("`EXP` in the future beside an `exp` in the past", i.token(nil, object{"exp": 1, "EXP": int64(9999999999)}), exact),
		with("`EXP` in the past beside a good `exp`", behind(`"EXP":1`), exact),
		with("`NAME` beside `name`", behind(`"NAME":"eve"`), exact),
		with("invalid UTF-8", behind("\"x\":\"\xff\""), text), with("a lone surrogate", behind(`"x":"\ud800"`), text),
		with("text behind the payload's object", i.sign(i.header(nil), good+"x"), text),
		with("a byte order mark before the payload", i.sign(i.header(nil), "\ufeff"+good), text),
		with("a payload that is a list", i.sign(i.header(nil), "["+good+"]"), "the payload is an object (RFC 7519, section 7.2)"),
		with("a payload that is null", i.sign(i.header(nil), "null"), "the payload is an object (RFC 7519, section 7.2)"),
		with("an empty payload", i.sign(i.header(nil), ""), "the payload is an object (RFC 7519, section 7.2)"),
		with("1,000 nested lists", behind(`"x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)), "deeper than any token needs"),
		with("an ID token", i.token(nil, object{"aud": "client-1", "nonce": "n", "client_id": nil, "scope": nil}),
			"it is for the client (OpenID Connect Core, section 2)"),
		with("an ID token with the `aud` of the service", i.token(nil, object{"nonce": "n", "at_hash": "h", "client_id": nil, "scope": nil}),
			"an ID token is not an access token"),
		with("a refresh token", i.token(object{"typ": "Refresh"}, object{"aud": i.Name}), "it is for the issuer"),
		with("a token that is bound to a key (`cnf`)", i.token(nil, object{"cnf": object{"jkt": "x"}}),
			"possession of the key is not proven (RFC 7800, section 3.1)"),
	}
}
