package keys_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
)

const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2LPMmfaOs5u/2SqXNMXRq3bZ/rzK
3NenKzA4LvzKucvHXgKxplp/LEopJwwiVMWvL7pFfdHkC0aOnajyiy938A==
-----END PUBLIC KEY-----`

// Static serves keys that the program has, here one that came with its configuration.
func ExampleStatic() {
	key, err := keys.ParsePEM("2026-01", []byte(publicKey))
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := keys.Static(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(store.Algorithms())

	found, err := store.Find(context.Background(), "2026-01", "ES256")
	fmt.Println(len(found), err)
	_, err = store.Find(context.Background(), "2025-12", "ES256")
	fmt.Println(errors.Is(err, keys.ErrUnknownKey))
	// Output:
	// [ES256]
	// 1 <nil>
	// true
}

// The name of a key file is the id of its key.
func ExampleDir() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_, err = keys.Dir(dir)
	fmt.Println("usable:", err == nil)

	if err := coretest.NewIssuer("issuer").WriteKeys(dir); err != nil { // default.pub
		fmt.Println(err)
		return
	}
	store, err := keys.Dir(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	found, err := store.Find(context.Background(), "default", "RS256")
	fmt.Println(len(found), found[0].ID(), err)
	_, err = store.Find(context.Background(), "default", "HS256")
	fmt.Println(err)
	// Output:
	// usable: false
	// 1 default <nil>
	// keys: no key fits the algorithm
}
