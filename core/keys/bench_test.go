package keys_test

import (
	"fmt"
	"testing"

	"github.com/microkubes/microkubes-go/core/keys"
)

// BenchmarkFind finds a key by its id, and all keys of an algorithm, among few and many. BenchmarkGeneration measures the part
// of the keys in the verification of a cached token.
func BenchmarkFind(b *testing.B) {
	for _, size := range []int{1, 1000} {
		all := make([]*keys.Key, size)
		for i := range all {
			all[i] = must(keys.Public(fmt.Sprint("2026-", i), edPublic))
		}
		set := must(keys.Static(all...))
		for name, kid := range map[string]string{"id": "2026-0", "unknown": "2025", "none": ""} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.ReportAllocs()
				ctx := b.Context()
				for b.Loop() {
					_, _ = set.Find(ctx, kid, "EdDSA")
				}
			})
		}
	}
}

func BenchmarkGeneration(b *testing.B) {
	dir := b.TempDir()
	write(b, dir, map[string]string{"a.pub": pkix(b, edPublic)})
	d := must(keys.DirConfig{Path: dir}.Open())
	defer d.Close()
	for name, store := range map[string]keys.Store{"set": must(keys.Static(must(keys.Public("a", edPublic)))), "directory": d} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = store.Generation()
			}
		})
	}
}
