package rehearsal_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/release/internal/rehearsal"
)

func TestHolds(t *testing.T) {
	const transcript = "=== the release of v0.3.0\nstep 1\n  a user of core\n  a user of registrator\n  core/v0.3.0\n=== v0.3.1\nstep 1\n"
	page := func(lines string) string { return "Text.\n\n<!-- transcript -->\n```\n" + lines + "```\n\nMore.\n" }
	for _, c := range []struct{ name, page, want string }{
		{"some lines", page("=== the release of v0.1.0\n…\n  a user of core\n…\n  core/v0.1.0\n"), ""},
		{"a patch", page("=== v0.1.1\nstep 1\n"), ""},
		{"a line that was not said", page("=== the release of v0.1.0\n  a user of docs\n"), "\"  a user of docs\""},
		{"another order", page("  core/v0.1.0\n  a user of core\n"), "\"  a user of core\""},
		{"a part of a line", page("  a user of\n"), "\"  a user of\""},
		{"another version", page("  core/v0.2.0\n"), "\"  core/v0.2.0\""},
		{"no excerpt", "Text.\n", "write <!-- transcript -->"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := rehearsal.Holds(c.page, transcript, "v0.3.0", "v0.3.1")
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}
