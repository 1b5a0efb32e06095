package modules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/release/internal/modules"
)

const before = `module example.com/r/b

go 1.26.0

require (
	example.com/r/a v0.0.0
	example.com/third v1.2.3
)

require example.com/fourth v1.0.0 // indirect

replace (
	example.com/r/a => ../a
	example.com/r/c => ../c
)
`

func TestRaiseAndDetach(t *testing.T) {
	ours := []modules.Module{{Path: "example.com/r/a"}, {Path: "example.com/r/c"}}
	raised, err := modules.Raise([]byte(before), ours, "v0.1.0")
	require.NoError(t, err)
	assert.Equal(t, `module example.com/r/b

go 1.26.0

require (
	example.com/r/a v0.1.0
	example.com/third v1.2.3
)

require example.com/fourth v1.0.0 // indirect

replace (
	example.com/r/a => ../a
	example.com/r/c => ../c
)
`, string(raised), "replace lines stay, and nothing is required that was not")

	detached, err := modules.Detach(raised, ours)
	require.NoError(t, err)
	assert.Equal(t, `module example.com/r/b

go 1.26.0

require (
	example.com/r/a v0.1.0
	example.com/third v1.2.3
)

require example.com/fourth v1.0.0 // indirect
`, string(detached))
}

func TestReplaces(t *testing.T) {
	left, err := modules.Replaces([]byte("module example.com/b\n\nreplace example.com/third => ../third\n"))
	require.NoError(t, err)
	assert.Equal(t, []string{"example.com/third"}, left)
}

func TestAddSums(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "go.sum")
	require.NoError(t, os.WriteFile(name, []byte("example.com/a v1.0.0 h1:1\nexample.com/a v1.0.0/go.mod h1:2\nexample.com/c v1.0.0 h1:3\n"), 0o600))
	sums := []string{"example.com/b v0.10.0 h1:4", "example.com/b v0.10.0/go.mod h1:5", "example.com/b v0.9.0/go.mod h1:6"}
	require.NoError(t, modules.AddSums(dir, sums))
	require.NoError(t, modules.AddSums(dir, sums), "twice is once")
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "example.com/a v1.0.0 h1:1\nexample.com/a v1.0.0/go.mod h1:2\nexample.com/b v0.9.0/go.mod h1:6\n"+
		"example.com/b v0.10.0 h1:4\nexample.com/b v0.10.0/go.mod h1:5\nexample.com/c v1.0.0 h1:3\n", string(data))
}
