package acl_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/acl"
)

// FuzzParse holds that no text makes the package panic, while it loads or while it decides, and that the two ways to decide agree.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"acl.json", "ladon.json", "python.json", "rest.json"} {
		text, err := os.ReadFile("testdata/" + name)
		require.NoError(f, err)
		f.Add(text, "/orders/7", "GET")
	}
	f.Add([]byte(good), "/a", "GET")
	f.Fuzz(func(t *testing.T, text []byte, path, method string) {
		p, err := acl.Parse(text)
		if err != nil {
			return
		}
		auth := caller(t, `ana id=u1 roles=user,admin orgs=o1 claims={"tenant":"a","roles":{}}`)
		q := acl.Query{Method: method, Path: path}
		if d := p.Explain(auth, q); d.Reason != "malformed_path" {
			require.Equal(t, d.Allowed, p.Allows(auth, q), "%s", d)
		}
	})
}
