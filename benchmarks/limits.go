package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"strings"
)

func limits() []*stack {
	return []*stack{
		{framework: "limit", name: "L0", kind: limit, note: "the signature check of Go's crypto packages as golang-jwt calls " +
			"them (a new HMAC, two big integers for ECDSA), on a prepared digest and signature", build: limitOf(false)},
		{framework: "limit", name: "L1", kind: limit, note: "splitting the token, strict base64 into memory that is " +
			"allocated before, the hash, the signature check; no JSON. It decodes the header each time, ours only that of the " +
			"first token", build: limitOf(true)},
	}
}

func limitOf(whole bool) func(*issuer) (server, error) {
	return func(i *issuer) (server, error) {
		check, err := rawCheck(i.public)
		if err != nil {
			return nil, err
		}
		digests := i.alg == "RS256" || i.alg == "ES256"
		return local(func() port { return &limitPort{whole: whole, digests: digests, check: check} }), nil
	}
}

// rawCheck returns the check of a signature by a key. Ed25519 and HMAC use the message, the others its digest.
func rawCheck(key any) (func(message []byte, digest *[32]byte, signature []byte) bool, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return func(_ []byte, digest *[32]byte, signature []byte) bool {
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
		}, nil
	case *ecdsa.PublicKey:
		return func(_ []byte, digest *[32]byte, signature []byte) bool {
			r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
			return ecdsa.Verify(key, digest[:], r, s)
		}, nil
	case ed25519.PublicKey:
		return func(message []byte, _ *[32]byte, signature []byte) bool {
			return ed25519.Verify(key, message, signature)
		}, nil
	case []byte:
		return func(message []byte, _ *[32]byte, signature []byte) bool {
			mac := hmac.New(sha256.New, key)
			mac.Write(message)
			return hmac.Equal(mac.Sum(nil), signature)
		}, nil
	}
	return nil, fmt.Errorf("there is no signature check for a key of type %T", key)
}

// limitPort checks one token repeatedly. It allocates nothing while it is measured.
type limitPort struct {
	whole     bool // L1
	digests   bool // the check uses the digest
	check     func(message []byte, digest *[32]byte, signature []byte) bool
	token     string
	message   []byte
	digest    [32]byte
	signature []byte
	payload   []byte
	ok        bool
}

func (p *limitPort) authorization(value string) {
	p.token = strings.TrimPrefix(value, "Bearer ")
	p.payload = make([]byte, 0, len(p.token))
	p.message = make([]byte, 0, len(p.token))
	p.ok = p.prepare()
}

var strict = base64.RawURLEncoding.Strict()

// prepare splits and decodes the token, and hashes it. It reports whether the token is well-formed.
func (p *limitPort) prepare() bool {
	cut := strings.LastIndexByte(p.token, '.')
	first := strings.IndexByte(p.token, '.')
	if first == cut {
		return false
	}
	p.message = append(p.message[:0], p.token[:cut]...)
	var err error
	if p.payload, err = strict.AppendDecode(p.payload[:0], p.message[:first]); err != nil {
		return false
	}
	if p.payload, err = strict.AppendDecode(p.payload[:0], p.message[first+1:]); err != nil {
		return false
	}
	p.message = append(p.message, p.token[cut+1:]...)
	if p.signature, err = strict.AppendDecode(p.signature[:0], p.message[cut:]); err != nil {
		return false
	}
	p.message = p.message[:cut]
	if p.digests {
		p.digest = sha256.Sum256(p.message)
	}
	return true
}

func (p *limitPort) request() {
	if p.whole && !p.prepare() {
		p.ok = false
		return
	}
	p.ok = p.check(p.message, &p.digest, p.signature)
}

func (p *limitPort) answer() (int, string) {
	if p.ok {
		return http.StatusOK, subject
	}
	return http.StatusUnauthorized, ""
}
