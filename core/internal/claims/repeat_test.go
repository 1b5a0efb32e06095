package claims_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// TestRepeat has a claim that repeats the roles in one project, before and after those of the projects.
func TestRepeat(t *testing.T) {
	d := claims.Dialect{
		User:     []claims.Text{{Path: claims.Path{"sub"}}},
		Roles:    []claims.List{{Path: claims.Path{"p:roles"}, Form: claims.Array | claims.ObjectKeys}, {Path: claims.Path{"p:1:roles"}, Form: claims.ObjectKeys}},
		Required: [][]claims.Path{{{"p:roles"}}},
		Repeat:   claims.Repeat{Claim: "p:roles", Prefix: "p:", Suffix: ":roles", IDs: []string{"1"}},
	}
	for name, c := range map[string]struct {
		payload string
		roles   []string
	}{
		"alone":                       {`{"p:roles":{"a":{"o":1}}}`, []string{"a"}},
		"before that of another":      {`{"p:roles":{"a":{"o":1}},"p:2:roles":{"a":{"o":1}}}`, nil},
		"after that of another":       {`{"p:2:roles":{"a":{"o":1}},"p:roles":{"a":{"o":1}}}`, nil},
		"a name with escapes":         {`{"\u0070:2:roles":{"a":{"o":1}},"p:role\u0073":{"a":{"o":1}}}`, nil},
		"of this and of another":      {`{"p:1:roles":{"a":{"o":1}},"p:2:roles":{"a":{"o":1}},"p:roles":{"a":{"o":1}}}`, []string{"a"}},
		"other than that of another":  {`{"p:2:roles":{"b":{"o":1}},"p:roles":{"a":{"o":1}}}`, []string{"a"}},
		"an empty ID":                 {`{"p::roles":{"a":{"o":1}},"p:roles":{"a":{"o":1}}}`, nil},
		"names that are only similar": {`{"p:2:roles:x":["a"],"q:2:roles":["a"],"p:2roles":["a"],"p:roles":["a"]}`, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			auth, err := read(t, d, c.payload)
			require.NoError(t, err)
			assert.Equal(t, c.roles, auth.Roles())

			var read claims.Claims
			reader := claims.NewReader(d)
			require.NoError(t, reader.Read(&read, `{"sub":"s","exp":9e9,`+c.payload[1:]))
			_, err = (&claims.Rules{AnyIssuer: true, AnyAudience: true}).Check(reader, &read, time.Unix(1, 0))
			assert.NoError(t, err, "the claim is present, whether or not its roles count")
		})
	}
}
