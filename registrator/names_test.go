package registrator_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOrdinaryErrorsStayReadable tests all recorded errors of real gateways, for plugins that are configured with
// ordinary words.
func TestOrdinaryErrorsStayReadable(t *testing.T) {
	config := map[string]any{
		"policy": "redis", "limit_by": "header", "header_name": "header", "redis": map[string]any{"host": "localhost", "port": 6379},
		"methods": []any{"GET", "PUT", "CONNECT"}, "a": "required", "b": "field", "c": "string", "d": "unknown", "e": "invalid",
		"f": "http", "g": "https", "h": "ip", "i": "name", "j": "id", "k": "service", "l": "a", "m": "value", "n": "path",
		"o": 1, "p": 0, "q": true, "r": 65535, "s": "entity", "t": "schema violation", "u": "consumer", "v": "hostname", "w": ",",
		"x": "expected", "y": "characters", "z": "primary", "limits": []any{"plugin", "between", "config", "should", "utf-8", "foreign"},
		"key_names": []any{"apikey", "key"}, "anonymous": "", "content_type": "application/json; charset=utf-8",
	}
	messages := regexp.MustCompile(`\{("[a-z_]+":[^{}]*,)?"(message|code)":.*\}`)
	seen := 0
	for _, version := range []string{"2.8.5", "3.9.3"} {
		for _, body := range messages.FindAllString(transcript(t, version), -1) {
			var want struct {
				Message *string
				Fields  map[string]any
				Options map[string]any
			}
			if json.Unmarshal([]byte(body), &want) != nil || want.Message == nil {
				continue
			}
			seen++
			if want.Options != nil {
				want.Fields = want.Options
			}
			said, e := whatIsSaid(t, body, config)
			assert.NotContains(t, said, "[secret]", body)
			assert.True(t, strings.HasPrefix(*want.Message, strings.TrimSuffix(e.Message, "…")), body)
			assert.Equal(t, slices.Sorted(maps.Keys(flat(want.Fields))), slices.Sorted(maps.Keys(e.Fields)), body)
		}
	}
	assert.Greater(t, seen, 60)
}

func transcript(t *testing.T, version string) string {
	text, err := os.ReadFile("kongtest/testdata/transcript-" + version + ".txt")
	require.NoError(t, err)
	return string(text)
}

// flat returns the leaves of fields by path.
func flat(fields any) map[string]string {
	leaves := map[string]string{}
	switch v := fields.(type) {
	case map[string]any:
		for name, item := range v {
			for path, leaf := range flat(item) {
				if path != "" && path[0] != '[' {
					path = "." + path
				}
				leaves[name+path] = leaf
			}
		}
	case []any:
		for i, item := range v {
			for path, leaf := range flat(item) {
				leaves[fmt.Sprintf("[%d]%s", i, path)] = leaf
			}
		}
	case string:
		leaves[""] = v
	}
	return leaves
}

// TestNamesAreNotSecret tests values that are ordinary words, and secrets that look like ordinary words.
func TestNamesAreNotSecret(t *testing.T) {
	for name, c := range map[string]struct {
		config map[string]any
		said   string
		want   string // as it was said, where it is empty
	}{
		"a word in a name":          {map[string]any{"limit_by": "header"}, "schema violation (config.header_name: required field missing)", ""},
		"a choice":                  {map[string]any{"policy": "redis"}, "schema violation (config.policy: expected one of: local, cluster, redis)", ""},
		"a record":                  {map[string]any{"policy": "redis"}, "schema violation (config.redis.host: required field missing)", ""},
		"a name that was sent":      {map[string]any{"frobnicator": 3, "other": "frobnicator"}, "schema violation (config.frobnicator: unknown field)", ""},
		"a text of the description": {map[string]any{"u": "http://hello.example.com/?k=v"}, "cannot connect to hello.example.com", ""},
		"a password in a choice": {map[string]any{"redis": map[string]any{"password": "redis"}}, "schema violation (config.policy: expected one of: local, cluster, redis)",
			"schema violation (config.policy: expected one of: [secret])"},
		"a password in a path":     {map[string]any{"redis": map[string]any{"password": "redis"}}, "schema violation (config.redis.password: required field missing)", ""},
		"a password in a sentence": {map[string]any{"password": "field"}, "schema violation (config.field: required field missing)", ""},
		"a password that is invalid": {map[string]any{"redis": map[string]any{"password": "redis"}}, "schema violation (config.redis.password: invalid value: redis)",
			"schema violation (config.redis.password: invalid value: [secret])"},
		"a short password":                    {map[string]any{"password": "local"}, "invalid value: 'local'", "invalid value: '[secret]'"},
		"a long password":                     {map[string]any{"client_secret": "configuration"}, "bad configuration", "bad [secret]"},
		"a word in capitals":                  {map[string]any{"apiKey": "Consumer"}, "bad consumer", "bad [secret]"},
		"a header":                            {map[string]any{"headers": map[string]any{"Authorization": "redis"}}, "bad redis", "bad [secret]"},
		"a list of keys":                      {map[string]any{"keys": []any{map[string]any{"id": "redis"}}}, "bad redis", "bad [secret]"},
		"a word that Kong does not have":      {map[string]any{"mode": "swordfish"}, "invalid value: swordfish", "invalid value: [secret]"},
		"a name that is the value of another": {map[string]any{"mode": "swordfish"}, "config.swordfish: unknown field", "config.[secret]: unknown field"},
		"booleans":                            {map[string]any{"secret": true, "key_in_body": false}, "value must not be true, but false", ""},
		"a sentence in a secret":              {map[string]any{"a": "my unknown field pa55"}, "bad my unknown field pa55: unknown field", "bad [secret]: unknown field"},
	} {
		want := c.want
		if want == "" {
			want = c.said
		}
		_, e := whatIsSaid(t, `{"code":2,"message":"`+inJSON(c.said, false)+`","fields":{"config":{"redis":{"password":"unknown field"}}}}`, c.config)
		assert.Equal(t, want, e.Message, name)
		assert.Equal(t, map[string]string{"config.redis.password": "unknown field"}, e.Fields, name)
	}
}
