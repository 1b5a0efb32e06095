package consumer_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/consumer"
	"github.com/microkubes/microkubes-go/release/internal/modules"
)

// TestEveryReleasedModuleHasAConsumer fails when a module was added to go.work and nothing tries it as a user does.
func TestEveryReleasedModuleHasAConsumer(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	all, err := modules.Read(root)
	require.NoError(t, err)
	released, err := modules.Released(all)
	require.NoError(t, err)
	templates := os.DirFS(filepath.Join(root, consumer.Templates))
	require.NoError(t, consumer.Complete(templates, released))
	for _, m := range released {
		if m.Internal() {
			continue
		}
		sources, err := consumer.Sources(templates, m.Dir)
		require.NoError(t, err)
		imported, err := consumer.Imported(sources, released)
		require.NoError(t, err)
		assert.Contains(t, imported, m, "the consumer of %s does not import it", m.Dir)
	}
}

func TestSources(t *testing.T) {
	templates := fstest.MapFS{
		"adapters/main.go":      {Data: []byte("package main // shared")},
		"adapters/a/serve.go":   {Data: []byte("package main // a")},
		"adapters/b/serve.go":   {Data: []byte("package main // b")},
		"adapters/c/readme.txt": {Data: []byte("no Go")},
		"core/core_test.go":     {Data: []byte("package hello_test")},
	}
	sources, err := consumer.Sources(templates, "adapters/a")
	require.NoError(t, err)
	assert.Equal(t, map[string][]byte{"main.go": []byte("package main // shared"), "serve.go": []byte("package main // a")}, sources)

	for dir, want := range map[string]string{
		"adapters/c":  "add Go files that use it as a user would to release/testdata/consumer/adapters/c; for an adapter one file is enough",
		"adapters/d":  "release/testdata/consumer/adapters/nethttp/serve.go",
		"registrator": "the module registrator is released, and no consumer tries it",
	} {
		_, err := consumer.Sources(templates, dir)
		assert.ErrorContains(t, err, want, dir)
		assert.ErrorContains(t, consumer.Complete(templates, []modules.Module{{Dir: "core"}, {Dir: dir}}), want)
	}
}

func TestInternalModulesNeedNoConsumer(t *testing.T) {
	internal := modules.Module{Dir: "adapters/internal/seam", Path: "example.com/r/adapters/internal/seam"}
	require.NoError(t, consumer.Complete(fstest.MapFS{}, []modules.Module{internal}))
}

func TestImported(t *testing.T) {
	released := []modules.Module{{Path: "example.com/r/core"}, {Path: "example.com/r/adapters/a"}, {Path: "example.com/r/adapters/ab"}, {Path: "example.com/r/adapters/a/sub"}}
	imported, err := consumer.Imported(map[string][]byte{
		"a.go": []byte("package a\nimport \"example.com/r/adapters/ab/x\"\n"),
		"b.go": []byte("package a\nimport (\n\"fmt\"\n\"example.com/r/core\"\n\"example.com/r/adapters/a/sub\"\n)\n"),
	}, released)
	require.NoError(t, err)
	assert.Equal(t, []modules.Module{released[0], released[2], released[3]}, imported)
}
