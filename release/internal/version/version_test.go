package version_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/release/internal/version"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, version string
		released      []string
		want          string // in the error; none if empty
	}{
		{"the first minor version", "v0.1.0", nil, ""},
		{"the first patch", "v0.0.1", nil, ""},
		{"the first major version", "v1.0.0", nil, ""},
		{"the next patch", "v0.1.1", []string{"v0.1.0"}, ""},
		{"the next minor version", "v0.2.0", []string{"v0.1.0", "v0.1.1"}, ""},
		{"the next major version", "v2.0.0", []string{"v1.4.2"}, ""},
		{"two digits", "v0.10.0", []string{"v0.9.0"}, ""},
		{"a pre-release", "v0.2.0-rc.1", []string{"v0.1.0"}, ""},
		{"the next pre-release", "v0.2.0-rc.10", []string{"v0.1.0", "v0.2.0-rc.9"}, ""},
		{"the version behind its pre-release", "v0.2.0", []string{"v0.1.0", "v0.2.0-rc.1"}, ""},
		{"nothing", "", nil, "is not a semantic version with a leading v"},
		{"a word", "latest", nil, "is not a semantic version with a leading v"},
		{"no v", "0.1.0", nil, "is not a semantic version with a leading v"},
		{"a capital V", "V0.1.0", nil, "is not a semantic version with a leading v"},
		{"a leading zero", "v0.01.0", nil, "is not a semantic version"},
		{"four numbers", "v0.1.0.0", nil, "is not a semantic version"},
		{"a tag", "core/v0.1.0", nil, "is not a semantic version"},
		{"white space", "v0.1.0 ", nil, "is not a semantic version"},
		{"two numbers", "v0.1", nil, "is short for v0.1.0: write all three numbers"},
		{"build metadata", "v0.1.0+5", nil, "leave out +5"},
		{"tagged", "v0.1.0", []string{"v0.1.0"}, "already tagged"},
		{"tagged before the last", "v0.1.0", []string{"v0.1.0", "v0.2.0"}, "already tagged"},
		{"a gap of patches", "v0.1.2", []string{"v0.1.0"}, "does not follow v0.1.0: choose one of v0.1.1, v0.2.0, v1.0.0"},
		{"a gap of minor versions", "v0.3.0", []string{"v0.1.0"}, "does not follow v0.1.0"},
		{"a minor version with a patch", "v0.2.1", []string{"v0.1.0"}, "does not follow v0.1.0"},
		{"a gap at the start", "v2.0.0", nil, "does not follow v0.0.0"},
		{"a patch of an older line", "v0.1.1", []string{"v0.1.0", "v0.2.0"}, "does not follow v0.2.0"},
		{"zero", "v0.0.0", nil, "does not follow v0.0.0"},
		{"a pre-release of the last", "v0.1.0-rc.1", []string{"v0.1.0"}, "does not follow v0.1.0"},
		{"an older pre-release", "v0.2.0-rc.1", []string{"v0.1.0", "v0.2.0-rc.2"}, "lower than v0.2.0-rc.2"},
		{"a version below a pre-release", "v0.1.1", []string{"v0.1.0", "v0.2.0-rc.1"}, "lower than v0.2.0-rc.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := version.Check(c.version, c.released)
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestLast(t *testing.T) {
	assert.Equal(t, "", version.Last(nil))
	assert.Equal(t, "", version.Last([]string{"v0.1.0-rc.1"}))
	assert.Equal(t, "v0.10.0", version.Last([]string{"v0.9.1", "v0.10.0", "v0.11.0-rc.1", "v0.2.0"}))
}

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		last, version    string
		mayBreak, mayAdd bool
	}{
		{"", "v0.1.0", true, true},
		{"v0.1.0", "v0.1.1", false, true},
		{"v0.1.0", "v0.2.0", true, true},
		{"v0.1.0", "v0.2.0-rc.1", true, true},
		{"v0.9.3", "v1.0.0", true, true},
		{"v1.0.0", "v1.0.1", false, false},
		{"v1.0.0", "v1.0.1-rc.1", false, false},
		{"v1.0.0", "v1.1.0", false, true},
		{"v1.9.0", "v1.10.0", false, true},
		{"v1.9.0", "v2.0.0", true, true},
	} {
		assert.Equal(t, c.mayBreak, version.MayBreak(c.last, c.version), "MayBreak from %q to %s", c.last, c.version)
		assert.Equal(t, c.mayAdd, version.MayAdd(c.last, c.version), "MayAdd from %q to %s", c.last, c.version)
	}
}
