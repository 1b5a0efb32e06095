package keys_test

import (
	"context"
	"fmt"
	"os"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
)

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
