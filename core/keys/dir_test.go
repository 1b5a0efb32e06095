package keys_test

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkix(t testing.TB, key any) string {
	t.Helper()
	return block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key)))
}

func certificate(t testing.TB, from, to time.Time) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to}
	return block("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, &rsaKey.PublicKey, rsaKey)))
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
}

// ids returns those of the given ids under which a store finds a key.
func ids(t testing.TB, store keys.Store, candidates ...string) (found []string) {
	t.Helper()
	for _, kid := range candidates {
		for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
			if _, err := store.Find(t.Context(), kid, algorithm); err == nil {
				found = append(found, kid)
				break
			}
		}
	}
	return found
}

func TestDirReadsEveryForm(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	write(t, dir, map[string]string{
		"default.pub":  pkix(t, &rsaKey.PublicKey),
		"pkcs1.pem":    block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&otherRSAKey.PublicKey)),
		"service.cert": certificate(t, now.Add(-time.Hour), now.Add(time.Hour)),
		"noextension":  pkix(t, &p256.PublicKey),
		"dos.pub":      "\xef\xbb\xbf" + strings.ReplaceAll(pkix(t, edPublic), "\n", "\r\n") + "\r\n ",
		"single.jwk":   string(must(json.Marshal(jwkEC(object{"kid": nil})))),
		"named.jwk":    string(must(json.Marshal(jwkRSA(object{"kid": "its own"})))),
		"set.json":     string(must(json.Marshal(object{"keys": []object{jwkEC(nil), jwkOKP(nil)}}))),
	})
	store, err := keys.Dir(dir)
	require.NoError(t, err)
	all := []string{"default", "pkcs1", "service", "noextension", "dos", "single", "its own", "e", "o"}
	assert.Equal(t, all, ids(t, store, append(all, "set", "named", "default.pub", "DEFAULT", "r")...))
	require.NoError(t, store.Close())
}

// TestDirPassesOver has a directory like /run/secrets on a real platform: one good key among other files.
func TestDirPassesOver(t *testing.T) {
	dir := t.TempDir()
	private := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	now := time.Now()
	write(t, dir, map[string]string{
		"good.pub":         pkix(t, &rsaKey.PublicKey),
		"system":           private,
		"pkcs8.pem":        block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(p256))),
		"sealed.pem":       block("ENCRYPTED PRIVATE KEY", []byte("x")),
		"openssh":          block("OPENSSH PRIVATE KEY", []byte("x")),
		"ssh.pub":          "ssh-rsa AAAAB3NzaC1yc2E user@host",
		"db-password":      "hunter2",
		"empty.pub":        "",
		"config.json":      `{"service":{"name":"x"}}`,
		"broken.json":      `{"keys":[`,
		"two.pub":          pkix(t, &rsaKey.PublicKey) + pkix(t, &otherRSAKey.PublicKey),
		"pair.pem":         private + pkix(t, &rsaKey.PublicKey),
		"der.pub":          string(must(x509.MarshalPKIXPublicKey(&rsaKey.PublicKey))),
		"half.pub":         pkix(t, &rsaKey.PublicKey)[:100],
		"junk.pub":         block("PUBLIC KEY", []byte("junk")),
		"junk1.pub":        block("RSA PUBLIC KEY", []byte("junk")),
		"junk.cert":        block("CERTIFICATE", []byte("junk")),
		"request.pem":      block("CERTIFICATE REQUEST", []byte("junk")),
		"old.cert":         certificate(t, now.Add(-2*time.Hour), now.Add(-time.Hour)),
		"future.cert":      certificate(t, now.Add(time.Hour), now.Add(2*time.Hour)),
		"large.pub":        pkix(t, &rsaKey.PublicKey) + strings.Repeat("\n", 70<<10),
		".hidden.pub":      pkix(t, &otherRSAKey.PublicKey),
		"sub/inside.pub":   pkix(t, &otherRSAKey.PublicKey),
		"private.jwk":      string(must(json.Marshal(jwkRSA(object{"d": "AQAB"})))),
		"one.pub":          pkix(t, &p256.PublicKey),
		"one.pem":          pkix(t, &otherP256.PublicKey),
		"same.pub":         pkix(t, &rsaKey.PublicKey),
		"same.cert":        certificate(t, now.Add(-time.Hour), now.Add(time.Hour)),
		"encryption.jwk":   string(must(json.Marshal(jwkRSA(object{"use": "enc"})))),
		"duplicate-1.json": string(must(json.Marshal(jwkEC(object{"kid": "twice"})))),
		"duplicate-2.json": string(must(json.Marshal(jwkECOf(otherP256, object{"kid": "twice"})))),
	})
	store, err := keys.Dir(dir)
	require.NoError(t, err)
	var candidates []string
	for _, e := range must(os.ReadDir(dir)) {
		candidates = append(candidates, strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), e.Name())
	}
	candidates = append(candidates, "inside", "hidden", ".hidden", "r", "twice")
	found := map[string]bool{}
	for _, id := range ids(t, store, candidates...) {
		found[id] = true
	}
	assert.Equal(t, map[string]bool{"good": true, "same": true}, found)
	fitting, err := store.Find(t.Context(), "", "RS256")
	require.NoError(t, err)
	assert.Len(t, fitting, 2, "no other key is found for tokens without a kid")
	_, err = store.Find(t.Context(), "", "ES384")
	assert.ErrorIs(t, err, keys.ErrNoFittingKey)
}

func TestDirErrorsSayWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	junk := t.TempDir()
	write(t, junk, map[string]string{"system": block("RSA PRIVATE KEY", []byte("canary")), "password": "canary"})
	crowd := t.TempDir()
	for i := range 1001 {
		require.NoError(t, os.WriteFile(filepath.Join(crowd, strconv.Itoa(i)), nil, 0o600))
	}
	for dir, says := range map[string][]string{
		filepath.Join(t.TempDir(), "nowhere"): {"cannot be opened"},
		file:                                  {"cannot be opened"},
		t.TempDir():                           {"no usable key", "put the public keys there"},
		junk:                                  {"no usable key", "system: keys: this is a private key, give the public one", "password"},
		crowd:                                 {"1001 files"},
	} {
		store, err := keys.Dir(dir)
		require.Error(t, err)
		assert.Nil(t, store)
		for _, part := range says {
			assert.ErrorContains(t, err, part)
		}
		assert.NotContains(t, err.Error(), "canary", "errors do not quote a file")
	}
}

// TestDirFollowsLinksInside has the layout of a mounted Kubernetes secret.
func TestDirFollowsLinksInside(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows needs a privilege to make links")
	}
	dir, outside := t.TempDir(), t.TempDir()
	write(t, dir, map[string]string{"..2026/default.pub": pkix(t, &rsaKey.PublicKey)})
	write(t, outside, map[string]string{"out.pub": pkix(t, &otherRSAKey.PublicKey)})
	for name, target := range map[string]string{
		"..data": "..2026", "default.pub": "..data/default.pub", "out.pub": filepath.Join(outside, "out.pub"),
		"up.pub": filepath.Join("..", filepath.Base(outside), "out.pub"), "loop.pub": "loop.pub", "gone.pub": "nowhere",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	store, err := keys.Dir(dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"default"}, ids(t, store, "default", "out", "up", "loop", "gone"))
}

// endless is a file that grows as fast as it is read.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func TestAFileThatGrows(t *testing.T) {
	var file endless
	_, err := keys.ReadAtMost(&file)
	assert.ErrorContains(t, err, "more than 65536 bytes")
	assert.LessOrEqual(t, file.read, 65537)
	data, err := keys.ReadAtMost(strings.NewReader(strings.Repeat("x", 65536)))
	assert.NoError(t, err)
	assert.Len(t, data, 65536)
}

// FuzzPEM searches for an input that crashes the parser, or that gives an unsound key or a key although it has a private one.
func FuzzPEM(f *testing.F) {
	f.Add([]byte(block("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(&p256.PublicKey)))))
	f.Add([]byte(block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey))))
	f.Add([]byte(certificate(f, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))))
	f.Add([]byte(strings.ReplaceAll(pkix(f, edPublic), "\n", `\n`)))
	f.Add([]byte(pkix(f, edPublic) + pkix(f, edPublic)))
	f.Add([]byte(bare(pkix(f, edPublic))))
	f.Add([]byte("a comment\n" + pkix(f, edPublic) + "another"))
	f.Add(append([]byte("\xff\xfe"), utf16le(pkix(f, edPublic))...))
	f.Add([]byte(block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p256)))))
	f.Add([]byte(bare(block("", must(x509.MarshalPKCS8PrivateKey(p256))))))
	f.Fuzz(func(t *testing.T, data []byte) {
		if key, err := keys.ParsePEM("id", data); err == nil {
			requireSound(t, key)
			require.NotRegexp(t, `(?i)-----(BEGIN|END) [A-Z ]*PRIVATE KEY-----`, string(data))
		}
	})
}

// FuzzJWKS searches for a key set or a single JWK that crashes the parser or gives an unsound key.
func FuzzJWKS(f *testing.F) {
	f.Add(must(json.Marshal(object{"keys": []object{jwkRSA(nil), jwkEC(nil), jwkOKP(nil)}})))
	f.Add(must(json.Marshal(jwkEC(nil))))
	f.Add(must(json.Marshal(jwkRSA(object{"alg": "RS256", "use": "sig"}))))
	f.Add(must(json.Marshal([]any{nil, jwkOKP(nil), jwkOKP(object{"alg": "EdDSA"}), jwkEC(object{"kid": "o", "key_ops": []any{nil}})})))
	f.Add(must(json.Marshal(object{"a": pkix(f, edPublic), "b": pkix(f, &p256.PublicKey), "c": nil, "d": 1})))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, _, err := keys.ParseJWKS(data)
		if err != nil {
			require.Empty(t, found)
		}
		for _, key := range found {
			requireSound(t, key)
		}
	})
}

func requireSound(t *testing.T, key *keys.Key) {
	t.Helper()
	require.False(t, key.Verifies("HS256") || key.Verifies("none"))
	_, err := keys.Public(key.ID(), key.Material())
	require.NoError(t, err, "the key is sound")
}
