package registrator_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestAnswerWithoutAList tests answers that are not a list, with the status of one. They do not mean that a list is empty: a
// target would stay, and the plugin of somebody else would be deleted with the service.
func TestAnswerWithoutAList(t *testing.T) {
	const targets, plugins, routes = "/upstreams/hello.upstream/targets/all", "/services/hello/plugins", "/services/hello/routes"
	for name, body := range map[string]string{
		"an empty object": `{}`,
		"null":            `null`,
		"a null list":     `{"data":null}`,
		"a message":       `{"message":"welcome"}`,
		"a cursor only":   `{"next":null,"offset":null}`,
		"a null item":     `{"data":[null]}`,
		"an empty item":   `{"data":[{}]}`,
		"a text after":    `{"data":[]}</html>`,
		"a second value":  `{"data":[]}{"data":[]}`,
	} {
		for _, path := range []string{targets, plugins, routes} {
			t.Run(name+" "+path, func(t *testing.T) {
				inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
					kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
					s := balanced()
					s.RemoveWhenLast = path != targets
					require.NoError(t, kong.Register(t.Context(), s))
					theirs := operateWith(k, "POST", plugins, `{"name":"key-auth"}`)
					require.Equal(t, 201, theirs.Code, theirs.Body)
					k.Inject(-1, kongtest.Answer(200, "application/json", body), reads(path))
					err := kong.Deregister(t.Context(), s)
					require.ErrorIs(t, err, registrator.ErrUnavailable)
					k.Heal()
					assert.Contains(t, operate(k, "GET", plugins).Body.String(), "key-auth")
				})
			})
		}
	}
}
