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

func TestPageIsCurrent(t *testing.T) {
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, render(), string(got), "run go run . in this folder")
}

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

// TestNamedTestsExist finds each test in the folder it is said to be in, and each case in the suite.
func TestNamedTestsExist(t *testing.T) {
	cases := map[string]bool{}
	for _, c := range conformance.Cases() {
		cases[c.Name] = true
	}
	for _, r := range rows {
		for _, test := range strings.Fields(r.tests) {
			dir, name, found := strings.Cut(test, ":")
			if !found {
				assert.True(t, cases[test], "no case %s in the suite", test)
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
			assert.True(t, exists, "no test %s", test)
		}
	}
}
