package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/config"
)

// TestSchemaHasTheFields compares the schema with the fields of the reader. UPDATE=1 writes it.
func TestSchemaHasTheFields(t *testing.T) {
	generated, err := config.GenerateSchema()
	require.NoError(t, err)
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile("schema.json", generated, 0o644))
		return
	}
	assert.Equal(t, string(generated), string(config.Schema()), "run the test with UPDATE=1")
}

// goodFiles returns the files that are good, by name.
func goodFiles(t testing.TB) map[string][]byte {
	names, err := filepath.Glob("testdata/platform/*.json")
	require.NoError(t, err)
	require.Len(t, names, 7)
	files := map[string][]byte{}
	for _, name := range append(names, "testdata/full.json") {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		files[filepath.Base(name)] = text
	}
	return files
}

func TestGoodFilesPassReaderAndSchema(t *testing.T) {
	v := newValidator(t, config.Schema())
	for name, text := range goodFiles(t) {
		_, err := config.Parse(text)
		assert.NoError(t, err, name)
		ok, why := v.accepts(text)
		assert.True(t, ok, "%s: %s", name, why)
	}
}
