package registrator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestHeadersShrink removes headers and values from a description.
func TestHeadersShrink(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		s := g.hello()
		for _, headers := range []map[string][]string{{"X-A": {"1"}, "X-B": {"1", "2"}}, {"x-b": {"1", "2"}}, {"x-b": {"2"}}, {"X-C": {"2"}}, nil} {
			s.Headers = headers
			require.NoError(t, g.kong().Register(soon(t), s))
			have, _ := g.must("GET", "/routes/"+s.Name, nil)["headers"].(map[string]any)
			assert.Len(t, have, len(headers))
			for name, values := range headers {
				for there := range have {
					if strings.EqualFold(name, there) {
						assert.Len(t, have[there], len(values))
					}
				}
			}
			g.written()
			require.NoError(t, g.kong().Register(soon(t), s))
			assert.Empty(t, g.written())
		}
	})
}

// TestHeaderNamesHaveNoCase tests a gateway that writes header names in another case.
func TestHeaderNamesHaveNoCase(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		s := hello()
		s.Headers = map[string][]string{"x-version": {"1"}}
		require.NoError(t, kong.Register(t.Context(), s))
		k.Forget()
		s.Headers = map[string][]string{"X-Version": {"1"}}
		require.NoError(t, kong.Register(t.Context(), s))
		assert.Empty(t, k.Writes())
	})
}

func TestTokenHeader(t *testing.T) {
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	config := registrator.Config{Token: registrator.TokenString("t0ken"), TokenHeader: "apikey"}
	require.NoError(t, newKong(t, k.AdminURL(), config).Register(t.Context(), hello()))
	for _, r := range k.Requests() {
		assert.Equal(t, "t0ken", r.Header.Get("apikey"))
		assert.Empty(t, r.Header.Get("Kong-Admin-Token"))
	}
}
