package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestConfigurationTables looks for rows of the tables, and for the number of their rows.
func TestConfigurationTables(t *testing.T) {
	for _, c := range []struct {
		name  string
		table func() (string, error)
		rows  int // at least
		has   []string
	}{
		{"fields", fieldTable, 60, []string{
			"| `service.port` | 1 to 65535 | The port of the service. | `SERVICE_CONFIG__SERVICE__PORT` |",
			"| `API_GATEWAY_URL` |",
			"| `security.disable` | true or false | true opens the service: requests need no identity. | – |",
			"| `security.oidc[].realm` | string, required | The URL of the realm. Presets: keycloak. | – |",
		}},
		{"platform", platformTable, 7, []string{
			"`jwt`, `oauth2`, `acl` | `/users/verify`, `/users/password/forgot`, CORS preflights |", "`Open` fails | – | – |",
		}},
		{"wrong files", wrongFileTable, 25, []string{"| `line 6: service.path: unknown field: did you mean paths?` |", "the whole file: nothing"}},
		{"wrong values", wrongValueTable, 10, []string{"| `Policy = nil` |"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, err := c.table()
			require.NoError(t, err)
			assert.GreaterOrEqual(t, strings.Count(table, "\n")-2, c.rows)
			for line := range strings.Lines(table) {
				columns, _, _ := strings.Cut(table, "\n")
				assert.Equal(t, strings.Count(columns, "|"), strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"), line)
			}
			for _, row := range c.has {
				assert.Contains(t, table, row)
			}
		})
	}
}

// TestFieldsWithOneVariable: no two fields have the same variable.
func TestFieldsWithOneVariable(t *testing.T) {
	table, err := fieldTable()
	require.NoError(t, err)
	seen := map[string]bool{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		variable := strings.TrimSpace(cells[len(cells)-2])
		if strings.HasPrefix(variable, "`") {
			assert.False(t, seen[variable], variable)
			seen[variable] = true
		}
	}
	assert.Greater(t, len(seen), 20)
}

func TestCode(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "`a`", "a|b": "`a\\|b`", "`a`": "`` `a` ``"} {
		assert.Equal(t, want, code(text))
	}
}

// TestLinesOfCases has files of cases that cannot be tables.
func TestLinesOfCases(t *testing.T) {
	name := t.TempDir() + "/cases.txt"
	row := func(c []string) string { return strings.Join(c, "+") + "\n" }
	_, err := caseTable(name, 2, "", row)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(name, []byte("a\tb\nc\n"), 0o600))
	_, err = caseTable(name, 2, "", row)
	require.ErrorContains(t, err, "a line has 1 fields: c")
	got, err := caseTable(name, 1, "head\n", row)
	require.NoError(t, err)
	assert.Equal(t, "head\na+b\nc\n", got)
}
