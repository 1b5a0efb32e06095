package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/conformance"
)

// TestPageIsCurrent compares each file with what go run . would write.
func TestPageIsCurrent(t *testing.T) {
	files, err := renderAll()
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "%s is not current: run go run . in the folder docs", name)
	}
}

// TestEveryAttackHasItsRow checks that the numbers of the rows are complete.
func TestEveryAttackHasItsRow(t *testing.T) {
	next := 1
	for _, r := range rows {
		assert.Equal(t, next, r.from, "%s", r.what)
		assert.GreaterOrEqual(t, r.to, r.from)
		assert.NotEmpty(t, r.tests+r.why, "%s", r.what)
		next = r.to + 1
	}
	assert.Equal(t, 209, next)
}

// TestNamedTestsExist finds each test in the folder that its row names, and each case in the suite.
func TestNamedTestsExist(t *testing.T) {
	cases := map[string]bool{}
	for _, c := range conformance.Cases() {
		cases[c.Name] = true
	}
	for _, r := range rows {
		for _, test := range strings.Fields(r.tests) {
			dir, name, found := strings.Cut(test, ":")
			if !found {
				assert.True(t, cases[test], "the suite has no case %s", test)
				continue
			}
			declared := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name) + `\(`)
			files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
			require.NoError(t, err)
			exists := false
			for _, file := range files {
				source, err := os.ReadFile(file)
				require.NoError(t, err)
				exists = exists || declared.Match(source)
			}
			assert.True(t, exists, "there is no test %s", test)
		}
	}
}
