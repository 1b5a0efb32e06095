package kongtest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cut is a map or a list whose end is unknown.
type cut struct{ value any }

// differ describes the first difference between two values, or returns "". If want is cut, got may have more.
func differ(path string, want, got any) string {
	isCut := false
	if c, ok := want.(cut); ok {
		want, isCut = c.value, true
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || !isCut && len(w) != len(g) {
			return path + ": other keys"
		}
		for key, inner := range w {
			if _, has := g[key]; !has {
				return path + "." + key + " is missing"
			}
			if why := differ(path+"."+key, inner, g[key]); why != "" {
				return why
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(w) > len(g) || !isCut && len(w) != len(g) {
			return path + ": another length"
		}
		for i, inner := range w {
			if why := differ(path+"[]", inner, g[i]); why != "" {
				return why
			}
		}
		return ""
	}
	if want != got {
		return path + ": another value"
	}
	return ""
}

// readPrefix reads the complete values of JSON that may be cut anywhere.
func readPrefix(text string) (value any, complete bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	return readValue(decoder, int64(len(text)))
}

type incomplete struct{}

func readValue(decoder *json.Decoder, length int64) (any, bool) {
	token, err := decoder.Token()
	if err != nil {
		return incomplete{}, false
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return cut{object}, false
			}
			inner, complete := readValue(decoder, length)
			if _, nothing := inner.(incomplete); !nothing {
				object[key.(string)] = inner
			}
			if !complete {
				return cut{object}, false
			}
		}
		if _, err := decoder.Token(); err != nil {
			return cut{object}, false
		}
		return object, true
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			inner, complete := readValue(decoder, length)
			if _, nothing := inner.(incomplete); !nothing {
				list = append(list, inner)
			}
			if !complete {
				return cut{list}, false
			}
		}
		if _, err := decoder.Token(); err != nil {
			return cut{list}, false
		}
		return list, true
	}
	if decoder.InputOffset() == length { // the number may have more digits
		return incomplete{}, false
	}
	return token, true
}

func TestReadPrefix(t *testing.T) {
	full := `{"a":[1,{"b":null,"c":"x"}],"d":{"e":12345}}`
	for i := range len(full) {
		value, complete := readPrefix(full[:i])
		require.False(t, complete)
		var got any
		require.NoError(t, json.Unmarshal([]byte(full), &got))
		if _, nothing := value.(incomplete); !nothing {
			assert.Empty(t, differ("", value, got), full[:i])
		}
	}
	value, complete := readPrefix(full)
	require.True(t, complete)
	assert.NotEmpty(t, differ("", value, map[string]any{"a": []any{}}))
	assert.True(t, bytes.Contains([]byte(jsonOf(value)), []byte("12345")))
}
