package cache_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/cache"
)

// TestVictimsTakeTurns has a full set whose texts are all asked for before each new one comes. The new ones must not replace each
// other, also when the turns have come so often that the number of them wraps.
func TestVictimsTakeTurns(t *testing.T) {
	const ways = 8
	c := cache.New[int](ways)
	for n := range 600 {
		for earlier := range n {
			c.Get(text(earlier))
		}
		c.Put(text(n), n)
		for newest := n - ways + 1; n >= 2*ways && newest <= n; newest++ {
			require.NotNil(t, c.Get(text(newest)), "%d after %d", newest, n)
		}
	}
}
