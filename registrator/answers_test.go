package registrator_test

import (
	"net/http"
	"strings"
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

// TestPageInFrontIsNotAConflict tests a server in front of the gateway that answers with a page until time runs out. No other
// client changes anything, and the log says what is wrong while the call still tries.
func TestPageInFrontIsNotAConflict(t *testing.T) {
	for name, body := range map[string]string{
		"a page":              "<title>404 from a proxy</title>",
		"other JSON":          `{"error":"404 from a proxy"}`,
		"the gateway's proxy": `{"message":"no Route matched with those values: 404 from a proxy"}`,
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(name+" "+method, func(t *testing.T) {
				inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
					k.Inject(-1, kongtest.Answer(404, "", body), func(r *http.Request) bool { return r.Method == method && r.URL.Path != "/" })
					logger, logged := captured()
					err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Logger: logger}).Register(t.Context(), hello())
					require.ErrorIs(t, err, registrator.ErrUnavailable)
					assert.NotErrorIs(t, err, registrator.ErrConflict)
					assert.ErrorContains(t, err, "404 from a proxy")
					assert.Equal(t, 1, strings.Count(logged(), "level=WARN"), logged())
					assert.Contains(t, logged(), "404 from a proxy")
				})
			})
		}
	}
}

// TestAnswerAboutAnotherEntity tests an answer that a cache in front of the gateway has mixed up.
func TestAnswerAboutAnotherEntity(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		other := `{"id":"b0000000-0000-4000-8000-000000000001","name":"other","host":"hello.example.com","tags":["registered:hello"]}`
		k.Inject(-1, kongtest.Answer(200, "application/json", other), func(r *http.Request) bool { return r.URL.Path == "/services/hello" })
		_, err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Plan(t.Context(), hello())
		require.ErrorIs(t, err, registrator.ErrUnavailable)
		assert.ErrorContains(t, err, "another entity")
	})
}
