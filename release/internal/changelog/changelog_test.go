package changelog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/changelog"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const head = "# Changelog\n\nAll modules share one version.\n\n"

func TestCheck(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an entry", head + "## Unreleased\n\n## v0.1.0 - 2026-03-01\n\n- A change.\n", ""},
		{"an entry of yesterday", head + "## Unreleased\n\n## v0.1.0 - 2026-02-28\n\n- A change.\n\n## v0.0.1 - 2026-01-01\n\n- Older.\n", ""},
		{"subheadings", head + "## Unreleased\n\n## v0.1.0 - 2026-03-01\n\n### Added\n\n- A change.\n", ""},
		{"an empty file", "", "must begin with the section \"## Unreleased\""},
		{"no Unreleased", head + "## v0.1.0 - 2026-03-01\n\n- A change.\n", "must begin with the section \"## Unreleased\""},
		{"Unreleased behind", head + "## v0.1.0 - 2026-03-01\n\n- A change.\n\n## Unreleased\n", "must begin with the section \"## Unreleased\""},
		{"no entry", head + "## Unreleased\n\n- A change.\n", "no entry for v0.1.0: write \"## v0.1.0 - 2026-03-01\""},
		{"the entry of another version", head + "## Unreleased\n\n## v0.1.0-rc.1 - 2026-03-01\n\n- A change.\n", "no entry for v0.1.0"},
		{"the entry of a longer version", head + "## Unreleased\n\n## v0.1.01 - 2026-03-01\n\n- A change.\n", "no entry for v0.1.0"},
		{"an entry behind another", head + "## Unreleased\n\n## v0.2.0 - 2026-03-01\n\n- B.\n\n## v0.1.0 - 2026-03-01\n\n- A.\n", "no entry for v0.1.0"},
		{"changes left", head + "## Unreleased\n\n- Left.\n\n## v0.1.0 - 2026-03-01\n\n- A change.\n", "still has changes below \"## Unreleased\""},
		{"no date", head + "## Unreleased\n\n## v0.1.0\n\n- A change.\n", "has no date: write \"## v0.1.0 - 2026-03-01\""},
		{"another form of date", head + "## Unreleased\n\n## v0.1.0 - 1 March\n\n- A change.\n", "has no date"},
		{"no such day", head + "## Unreleased\n\n## v0.1.0 - 2026-02-30\n\n- A change.\n", "a date that does not exist or is not yet"},
		{"tomorrow", head + "## Unreleased\n\n## v0.1.0 - 2026-03-02\n\n- A change.\n", "a date that does not exist or is not yet"},
		{"an empty entry", head + "## Unreleased\n\n## v0.1.0 - 2026-03-01\n\n## v0.0.1 - 2026-01-01\n\n- Older.\n", "is empty: write what changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := changelog.Check(c.text, "v0.1.0", now)
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestOpen(t *testing.T) {
	text := head + "## Unreleased\n\n### Added\n\n- A change.\n\n## v0.0.1 - 2026-01-01\n\n- Older.\n"
	opened, err := changelog.Open(text, "v0.1.0", now)
	require.NoError(t, err)
	assert.Equal(t, head+"## Unreleased\n\n## v0.1.0 - 2026-03-01\n\n### Added\n\n- A change.\n\n## v0.0.1 - 2026-01-01\n\n- Older.\n", opened)
	require.NoError(t, changelog.Check(opened, "v0.1.0", now))
	assert.Equal(t, "v0.0.1", changelog.Top(text))
	assert.Equal(t, "v0.1.0", changelog.Top(opened))

	for _, zone := range []int{-11, 0, 13} {
		for _, hour := range []int{0, 23} {
			at := time.Date(2026, 3, 1, hour, 30, 0, 0, time.FixedZone("", zone*3600))
			opened, err := changelog.Open(text, "v0.1.0", at)
			require.NoError(t, err)
			assert.NoError(t, changelog.Check(opened, "v0.1.0", at), "an entry of today at %s", at)
		}
	}

	_, err = changelog.Open(opened, "v0.2.0", now)
	assert.ErrorContains(t, err, "no changes below \"## Unreleased\"")
}
