package coretest

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/microkubes/microkubes-go/core/keys"
)

// Announce makes the next key and publishes it. The issuer does not sign with it until Rotate. Another call before Rotate has
// no effect.
func (i *Issuer) Announce() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.announce()
}

func (i *Issuer) announce() {
	if i.announced == nil {
		i.announced = newKey(i.algorithm)
	}
}

// Rotate makes the issuer sign with the next key: the announced one, or else a new one. The former key stays published until
// Retire or the next Rotate.
func (i *Issuer) Rotate() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.announce()
	i.retired = verificationKey(i.KeyID, i.key)
	i.KeyID, i.key, i.announced = i.nextKeyID(), i.announced, nil
	i.rotations++
}

func (i *Issuer) nextKeyID() string { return "rotated-" + strconv.Itoa(i.rotations+1) }

// Retire stops publishing the former key. Its tokens must then be refused. Without a former key it has no effect.
func (i *Issuer) Retire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.retired = nil
}

// published returns the public keys: the one that signs, then the former one and the announced one, if any.
func (i *Issuer) published() []*keys.Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := []*keys.Key{verificationKey(i.KeyID, i.key)}
	if i.retired != nil {
		all = append(all, i.retired)
	}
	if i.announced != nil {
		all = append(all, verificationKey(i.nextKeyID(), i.announced))
	}
	return all
}

func verificationKey(id string, private crypto.PrivateKey) *keys.Key {
	key, err := keys.Public(id, publicKey(private))
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err)) // it was made by newKey
	}
	return key
}

// Keys returns a store of the keys that are published now: the one that signs, and the former and the announced one, if any.
// Later changes do not reach it.
func (i *Issuer) Keys() keys.Store {
	store, err := keys.Static(i.published()...)
	if err != nil {
		panic(fmt.Sprintf("coretest: %v", err))
	}
	return store
}

// WriteKeys makes a directory have the published keys as PEM, for [keys.Dir]. After a rotation it removes
// the files of keys that are no longer published.
func (i *Issuer) WriteKeys(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	var files []string
	for _, key := range i.published() {
		if err := writeKey(dir, key); err != nil {
			return err
		}
		files = append(files, filepath.Join(dir, key.ID()+".pub"))
	}
	if !slices.ContainsFunc(files, isRotated) {
		return nil // other files may belong to somebody else
	}
	old, err := filepath.Glob(filepath.Join(dir, "rotated-*.pub"))
	if err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	for _, path := range append(old, filepath.Join(dir, "default.pub")) {
		if !slices.Contains(files, path) {
			_ = os.Remove(path) // it may not be there
		}
	}
	return nil
}

func isRotated(path string) bool { return strings.HasPrefix(filepath.Base(path), "rotated-") }

// writeKey renames the whole file into place, so that nobody reads half of it.
func writeKey(dir string, key *keys.Key) error {
	der, err := x509.MarshalPKIXPublicKey(key.Material())
	if err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	path := filepath.Join(dir, key.ID()+".pub")
	if err := os.WriteFile(path+".tmp", block, 0o644); err != nil {
		return fmt.Errorf("coretest: %w", err)
	}
	return os.Rename(path+".tmp", path)
}
