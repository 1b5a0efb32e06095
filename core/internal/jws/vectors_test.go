package jws_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

type vectorFile struct {
	TestGroups []struct {
		Public, Private json.RawMessage
		PublicKeyPem    string
		Tests           []struct {
			TcID     int `json:"tcId"`
			Comment  string
			JWS, JWE json.RawMessage // a string, or an object in the JSON serialization
			Msg, Sig string
			Result   string
		}
	}
}

func load(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, into))
}

// accepts reports whether a verifier with this key set would accept a token.
func accepts(t *testing.T, jwks json.RawMessage, compact string) bool {
	t.Helper()
	token, err := jws.Parse(compact)
	if err != nil {
		return false
	}
	found, _, err := keys.ParseJWKS(jwks)
	if err != nil || len(found) == 0 {
		return false
	}
	store, err := keys.Static(found...)
	require.NoError(t, err)
	fitting, err := store.Find(t.Context(), token.KeyID, token.Algorithm)
	if err != nil {
		return false
	}
	for _, key := range fitting {
		if token.Verify(key) == nil {
			return true
		}
	}
	return false
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// TestWycheproofTokens verifies complete tokens with complete key sets. Secrets are refused, even in valid vectors, since they
// are not read from key sets. The counts check that the other valid vectors are accepted.
func TestWycheproofTokens(t *testing.T) {
	for name, c := range map[string]struct {
		all, accepted int
		deviations    map[int]string // from the file
	}{
		"wycheproof_json_web_signature.json": {401, 32, map[int]string{
			346: "key for PS256, header PS384", 350: "key for PS256, header PS384",
			347: "key for ES521", 351: "key for ES521",
		}},
		"wycheproof_json_web_key.json":        {26, 2, map[int]string{7: "a ROCA key: finding those is optional"}},
		"wycheproof_json_web_crypto.json":     {83, 3, map[int]string{46: "a ROCA key"}},
		"wycheproof_json_web_encryption.json": {139, 0, map[int]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			var file vectorFile
			load(t, name, &file)
			all, accepted := 0, 0
			for _, g := range file.TestGroups {
				key := g.Public
				if key == nil {
					key = g.Private
				}
				secret := strings.Contains(string(key), `"oct"`)
				for _, c2 := range g.Tests {
					all++
					got := accepts(t, key, text(c2.JWS)+text(c2.JWE))
					if got {
						accepted++
					}
					want := c2.Result == "valid" && !secret && c2.JWE == nil
					if c.deviations[c2.TcID] != "" {
						want = !want
					}
					assert.Equal(t, want, got, "tcId %d: %s", c2.TcID, c2.Comment)
				}
			}
			assert.Equal(t, c.all, all)
			assert.Equal(t, c.accepted, accepted)
		})
	}
}

// TestWycheproofSignatures verifies the vectors for bare signatures, with public keys in PEM.
func TestWycheproofSignatures(t *testing.T) {
	counts := map[string]int{}
	for name, algorithm := range map[string]string{
		"ecdsa_secp256r1_sha256_p1363": "ES256", "ecdsa_secp384r1_sha384_p1363": "ES384", "ecdsa_secp521r1_sha512_p1363": "ES512",
		"ed25519":                   "EdDSA",
		"rsa_signature_2048_sha256": "RS256", "rsa_signature_2048_sha384": "RS384", "rsa_signature_2048_sha512": "RS512",
		"rsa_signature_3072_sha256": "RS256", "rsa_signature_3072_sha384": "RS384", "rsa_signature_4096_sha512": "RS512",
		"rsa_pss_2048_sha256_mgf1_32": "PS256", "rsa_pss_2048_sha384_mgf1_48": "PS384", "rsa_pss_4096_sha512_mgf1_64": "PS512",
	} {
		t.Run(name, func(t *testing.T) {
			var file vectorFile
			load(t, "wycheproof_"+name+".json", &file)
			family := algorithm[:2]
			accepted := 0
			for _, g := range file.TestGroups {
				key, err := keys.ParsePEM("", []byte(g.PublicKeyPem))
				for _, c := range g.Tests {
					counts[family]++
					message, err1 := hex.DecodeString(c.Msg)
					signature, err2 := hex.DecodeString(c.Sig)
					require.NoError(t, err1)
					require.NoError(t, err2)
					got := err == nil && jws.Signed(algorithm, string(message), signature).Verify(key) == nil
					if got {
						accepted++
					}
					if c.Result != "acceptable" {
						assert.Equal(t, c.Result == "valid", got, "tcId %d: %s", c.TcID, c.Comment)
					}
				}
			}
			assert.NotZero(t, accepted)
		})
	}
	assert.Equal(t, map[string]int{"ES": 860, "Ed": 151, "RS": 1553, "PS": 428}, counts)
}

// TestRFCs has the examples of the RFCs in every serialization. Only the compact serialization is a bearer token. Secrets,
// detached content and unencoded payloads are refused.
func TestRFCs(t *testing.T) {
	accepted := map[string]bool{}
	files := 0
	paths, err := filepath.Glob("testdata/rfc*.json")
	require.NoError(t, err)
	for _, path := range paths {
		name := filepath.Base(path)
		if name == "rfc7515_appendix.json" {
			continue
		}
		files++
		var file struct {
			Input struct {
				Key json.RawMessage
			}
			Output map[string]json.RawMessage
		}
		load(t, name, &file)
		require.NotEmpty(t, file.Output, name)
		for form, output := range file.Output {
			if accepts(t, publicPart(t, file.Input.Key), text(output)) {
				accepted[name+" "+form] = true
			}
		}
	}
	var appendix struct {
		Cases []struct {
			ID, JWS, Ours string
			Key           json.RawMessage
		}
	}
	load(t, "rfc7515_appendix.json", &appendix)
	for _, c := range appendix.Cases {
		files++
		if accepts(t, publicPart(t, c.Key), c.JWS) {
			accepted["RFC 7515 "+c.ID] = true
		}
		assert.Equal(t, c.Ours == "signature valid", accepted["RFC 7515 "+c.ID], c.ID)
	}
	assert.Equal(t, 16, files)
	assert.Equal(t, map[string]bool{
		"RFC 7515 A.2": true, "RFC 7515 A.3": true, "RFC 7515 A.4": true,
		"rfc7520_4_1.rsa_v15_signature.json compact": true,
		"rfc7520_4_2.rsa-pss_signature.json compact": true,
		"rfc7520_4_3.ecdsa_signature.json compact":   true,
		"rfc8037_a4_ed25519_jws.json compact":        true,
	}, accepted)
}

// publicPart removes the private members, since the files have complete key pairs.
func publicPart(t *testing.T, key json.RawMessage) json.RawMessage {
	t.Helper()
	var members map[string]any
	if json.Unmarshal(key, &members) != nil {
		return []byte("{}") // several keys, or none
	}
	if members["kty"] != "oct" {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			delete(members, private)
		}
	}
	public, err := json.Marshal(members)
	require.NoError(t, err)
	return public
}
