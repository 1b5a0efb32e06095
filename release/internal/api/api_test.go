package api_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/api"
)

func TestParse(t *testing.T) {
	c, err := api.Parse("core", "Incompatible changes:\n- ./coretest.Rehearsal: removed\n- package x/y: removed\nCompatible changes:\n- ./coretest.Renamed: added\n")
	require.NoError(t, err)
	assert.Equal(t, api.Changes{Module: "core", Incompatible: []string{"./coretest.Rehearsal: removed", "package x/y: removed"},
		Compatible: []string{"./coretest.Renamed: added"}}, c)

	c, err = api.Parse("core", "")
	require.NoError(t, err)
	assert.Equal(t, api.Changes{Module: "core"}, c)

	_, err = api.Parse("core", "Something else:\n- New: added\n")
	assert.ErrorContains(t, err, "not understood")
	_, err = api.Parse("core", "- New: added\n")
	assert.ErrorContains(t, err, "not understood", "an item without a heading could be of either kind")
}

func TestJudge(t *testing.T) {
	same := []api.Changes{{Module: "core"}, {Module: "conformance"}}
	added := []api.Changes{{Module: "core"}, {Module: "conformance", Compatible: []string{"Fuzz: added"}}}
	broken := []api.Changes{{Module: "core", Incompatible: []string{"With: removed"}}, {Module: "conformance"}}
	for _, c := range []struct {
		name, last, version string
		changes             []api.Changes
		want                string
	}{
		{"the same in a patch", "v0.1.0", "v0.1.1", same, ""},
		{"an addition in a patch of v0", "v0.1.0", "v0.1.1", added, ""},
		{"a break in a minor version of v0", "v0.1.0", "v0.2.0", broken, ""},
		{"a break in v1.0.0", "v0.1.0", "v1.0.0", broken, ""},
		{"an addition in a minor version", "v1.0.0", "v1.1.0", added, ""},
		{"a break in v2", "v1.0.0", "v2.0.0", broken, ""},
		{"the same in a patch of v1", "v1.0.0", "v1.0.1", same, ""},
		{"a break in a patch of v0", "v0.1.0", "v0.1.1", broken, "take these changes back, or release v0.2.0:\n\tcore: With: removed"},
		{"a break in a patch of v1", "v1.0.0", "v1.0.1", broken, "take these changes back, or release v2.0.0:\n\tcore: With: removed"},
		{"a break in a minor version of v1", "v1.0.0", "v1.1.0", broken, "or release v2.0.0:\n\tcore: With: removed"},
		{"an addition in a patch of v1", "v1.0.0", "v1.0.1", added, "release v1.1.0:\n\tconformance: Fuzz: added"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := api.Judge(c.changes, c.last, c.version)
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}
