package path_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/internal/path"
)

// TestWellFormed has for each malformed path one that differs little and is well-formed.
func TestWellFormed(t *testing.T) {
	malformed := []string{
		"//", "//a", "/a//b", "/a//", "/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/a/./b", "/a/../b",
		"/%2e", "/%2E%2e/a", "/a/.%2e/b", "/a/%2e./b", "/a/%2e%2e", "/a%2fb", "/a%2Fb", "/%2f", "/a%5cb", "/a%5Cb", `/a\b`,
		"/a%00", "/%00", "/a\x00b", "/%", "/a%", "/a%2", "/a%zz", "/a%2g", "/%%20", "/a#b", "/#", "*", "a/b", "http://a/b", "?", " /",
		"/public%2Fx", "/admin%2fsecret", "/public/%2e%2e/admin/secret", "/public/../admin/secret", "/admin/../public/x",
	}
	wellFormed := []string{
		"", "/", "/a", "/a/", "/a/b/", "/...", "/a/.../b", "/.a", "/..a", "/a..", "/a.b/c", "/%2e%2e%2e", "/%2ea", "/a%20b",
		"/%252f", "/%252e%252e", "/a;b=c", "/a:b@c", "/%C3%A9", "/a~b", "/a%0ab", "/ADMIN/secret", "/%61dmin",
	}
	for _, p := range malformed {
		assert.False(t, path.WellFormed(p), "%q", p)
	}
	for _, p := range wellFormed {
		assert.True(t, path.WellFormed(p), "%q", p)
	}
}
