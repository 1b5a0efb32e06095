package main

import (
	"crypto/rand"
	"encoding/base64"
	"math/big"
)

// example is a key set with tokens, and which of the tokens must be accepted.
type example struct {
	name   string
	reason string // why, with the section that says so
	document
	tokens []sample
}

// sample is a token for an example.
type sample struct {
	what string
	signer
	accept bool
}

// hugeSize is so large that any reader with a limit stops earlier.
const hugeSize = 32 << 20

// examples returns every key set with its right verdicts. Where a key must not be used, the set has the good key, too: a set does
// not become useless by a key that is (RFC 7517, section 5).
func examples(k *keyring) ([]example, error) {
	certificate, err := k.good.certificate()
	if err != nil {
		return nil, err
	}
	foreign, err := k.other.certificate()
	if err != nil {
		return nil, err
	}
	all := append(ordinary(k), tolerated(k)...)
	all = append(all, unknown(k)...)
	all = append(all, shared(k)...)
	all = append(all, forbidden(k)...)
	return append(all,
		example{"x5c with the certificate of the key", "RFC 7517, section 4.7: x5c is optional, and agrees with the key",
			set(k.good.jwk(map[string]any{"x5c": []string{certificate}})), accepted(k.good)},
		example{"x5c with the certificate of another key", "RFC 7517, section 4.7: the key in the first certificate must match " +
			"the other members", set(k.ec.jwk(nil), k.good.jwk(map[string]any{"x5c": []string{foreign}})),
			[]sample{{"of the key without x5c", k.ec, true}, {"of the key that x5c contradicts", k.good, false}}},
		example{"32 MiB of padding before the keys", "CWE-770: a reader of documents from the network has a limit",
			document{keys: []any{k.good.jwk(nil)}, padding: hugeSize},
			[]sample{{"of the key behind the padding", k.good, false}}},
	), nil
}

func set(keys ...any) document { return document{keys: keys} }

func accepted(signers ...signer) (all []sample) {
	for _, s := range signers {
		all = append(all, sample{"of the key", s, true})
	}
	return all
}

// ordinary returns sets as issuers publish them.
func ordinary(k *keyring) []example {
	return []example{
		{"RS256", "RFC 7518, section 3.3", set(k.good.jwk(nil)), accepted(k.good)},
		{"PS256", "RFC 7518, section 3.5", set(k.good.as("PS256").jwk(nil)), accepted(k.good.as("PS256"))},
		{"ES256", "RFC 7518, section 3.4", set(k.ec.jwk(nil)), accepted(k.ec)},
		{"EdDSA", "RFC 8037, section 3.1", set(k.ed.jwk(nil)), accepted(k.ed)},
		{"Ed25519 as the algorithm", "RFC 9864, section 2.2", set(k.ed.as("Ed25519").jwk(nil)), accepted(k.ed.as("Ed25519"))},
		{"no alg", "RFC 7517, section 4.4: alg is optional", set(k.good.jwk(map[string]any{"alg": nil})), accepted(k.good)},
		{"no kid, in the token neither", "RFC 7517, section 4.5, and RFC 7515, section 4.1.4: kid is optional",
			set(k.good.with("").jwk(nil)), []sample{{"without kid", k.good.with(""), true}}},
		{"a kid, but none in the token", "RFC 7515, section 4.1.4: kid is optional, and there is one key",
			set(k.good.jwk(nil)), []sample{{"without kid", k.good.with(""), true}}},
	}
}

// tolerated returns sets of issuers that write every member of their types. None of the members takes the key out of use.
func tolerated(k *keyring) []example {
	with := func(name, reason string, changes map[string]any) example {
		key := k.good.jwk(nil)
		for member, value := range changes {
			key[member] = value
		}
		return example{name, reason, set(key), accepted(k.good)}
	}
	return []example{
		with("empty key_ops", "RFC 7517, section 4.3: key_ops is optional; use says that the key is for signatures",
			map[string]any{"key_ops": []string{}}),
		with("empty oth", "RFC 7518, section 6.3.2.7: oth has the third and later primes, of which there are none",
			map[string]any{"oth": []string{}}),
		with("optional members that are null", "RFC 7517, section 4: the members are optional, and null has no content",
			map[string]any{"use": nil, "key_ops": nil, "oth": nil, "d": nil, "x5c": nil, "x5t": nil, "x5u": nil}),
		{"the same key twice", "RFC 7517, section 4.5: a kid may occur twice; here it always names the same key",
			set(k.good.jwk(nil), k.good.jwk(nil)), accepted(k.good)},
	}
}

// unknown returns sets with a key beside the good one that a reader does not know or cannot read.
func unknown(k *keyring) (all []example) {
	const section = "RFC 7517, section 5: a key that is not understood, lacks a member or is out of range is ignored"
	bytesOf := func(n int) string {
		b := make([]byte, n)
		_, _ = rand.Read(b) // it never fails
		return encode(b)
	}
	generator, _ := new(big.Int).SetString("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 16)
	generatorY, _ := new(big.Int).SetString("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8", 16)
	beside := map[string]map[string]any{
		"kty":   {"kty": "XYZ", "kid": "b", "use": "sig", "z": "AQAB"},
		"crv":   {"kty": "EC", "crv": "P-999", "kid": "b", "use": "sig", "x": bytesOf(32), "y": bytesOf(32)},
		"AKP":   {"kty": "AKP", "alg": "ML-DSA-44", "kid": "b", "use": "sig", "pub": bytesOf(1312)},
		"Ed448": {"kty": "OKP", "crv": "Ed448", "kid": "b", "use": "sig", "x": bytesOf(57)},
		"secp256k1": {"kty": "EC", "crv": "secp256k1", "alg": "ES256K", "kid": "b", "use": "sig",
			"x": encode(generator.Bytes()), "y": encode(generatorY.Bytes())},
		"base64": k.other.jwk(map[string]any{"n": base64.StdEncoding.EncodeToString([]byte("?????>>>>>")) + "=="}),
		"no e":   k.other.jwk(map[string]any{"e": nil}),
		"curve":  k.ec.jwk(map[string]any{"y": encode(append(make([]byte, 31), 1))}),
		"x5c":    k.other.jwk(map[string]any{"x5c": []string{"bm8gY2VydGlmaWNhdGU="}}),
	}
	for _, e := range []struct{ name, key string }{
		{"an unknown kty beside", "kty"}, {"an unknown crv beside", "crv"}, {"AKP (ML-DSA-44) beside", "AKP"},
		{"Ed448 beside", "Ed448"}, {"secp256k1 beside", "secp256k1"}, {"a key that is not base64url beside", "base64"},
		{"an RSA key without e beside", "no e"}, {"a key off its curve beside", "curve"},
		{"a key with a broken x5c beside", "x5c"},
	} {
		all = append(all, example{e.name, section, set(beside[e.key], k.good.jwk(nil)), accepted(k.good)})
	}
	return all
}

// shared returns sets whose keys share an ID.
func shared(k *keyring) []example {
	encryption := k.other.with("good").jwk(map[string]any{"use": "enc", "alg": "RSA-OAEP"})
	return []example{
		{"one kid for a signature and an encryption key", "RFC 7517, sections 4.2 and 4.5",
			set(encryption, k.good.jwk(nil)), []sample{
				{"of the signature key", k.good, true}, {"of the encryption key", k.other.with("good"), false}}},
		{"one kid for an RSA and an EC key", "RFC 7517, section 4.5: keys of different kty may share a kid",
			set(k.good.jwk(nil), k.ec.with("good").jwk(nil)), []sample{
				{"of the RSA key", k.good, true}, {"of the EC key", k.ec.with("good"), true}}},
	}
}

// forbidden returns sets with a key beside the good one that must not verify a token.
func forbidden(k *keyring) (all []example) {
	for _, e := range []struct {
		name, reason string
		key          map[string]any
		signer
	}{
		{"use is enc", "RFC 7517, section 4.2: the key is for encryption",
			k.other.jwk(map[string]any{"use": "enc", "alg": nil}), k.other},
		{"key_ops is encrypt", "RFC 7517, section 4.3: the key is for encryption",
			k.other.jwk(map[string]any{"use": nil, "alg": nil, "key_ops": []string{"encrypt"}}), k.other},
		{"alg is RSA-OAEP", "RFC 7517, section 4.4: the key is for encryption",
			k.other.jwk(map[string]any{"use": nil, "alg": "RSA-OAEP"}), k.other},
		{"alg is RS512, in the token RS256", "RFC 7517, section 4.4, and RFC 8725, section 3.1: a key is for one algorithm",
			k.other.jwk(map[string]any{"alg": "RS512"}), k.other},
		{"RSA with 1024 bits", "RFC 7518, section 3.3: 2048 bits or more", k.weak.jwk(nil), k.weak},
		{"a published secret (oct)", "RFC 7517, section 9.2: whoever reads the document can sign", k.secret.jwk(nil), k.secret},
		{"a published private key", "RFC 7517, section 9.2: whoever reads the document can sign", k.other.privateJWK(), k.other},
	} {
		all = append(all, example{e.name, e.reason, set(e.key, k.good.jwk(nil)), []sample{
			{"of the good key", k.good, true}, {"of that key", e.signer, false}}})
	}
	return all
}
