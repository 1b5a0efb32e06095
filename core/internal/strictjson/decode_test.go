package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

type inner struct {
	Name string `json:"name"`
}

type tagged struct {
	Upper string `json:"NAME"`
	inner
}

type left struct{ Both string }

type right struct{ Both string }

// ambiguous has two fields of the name Both, so encoding/json decodes into neither, and into BOTH instead.
type ambiguous struct {
	left
	right
	Other string `json:"BOTH"`
}

// twice embeds halfway in two ways. Halfway's own field is ambiguous. encoding/json decodes into the first of the fields that halfway
// embeds in its turn.
type twice struct {
	one
	two
}

type one struct{ halfway }

type two struct{ halfway }

type halfway struct {
	left
	Name string `json:"name"`
}

type tree struct {
	Name     string           `json:"name"`
	Children []*tree          `json:"children"`
	ByName   map[string]inner `json:"byName"`
	Pair     [2]inner         `json:"pair"`
	At       time.Time        `json:"at"`
	Raw      json.RawMessage  `json:"raw"`
	Any      any              `json:"any"`
	Skipped  string           `json:"-"`
	Dash     string           `json:"-,"`      //nolint:staticcheck // a tag that looks like a mistake
	Broken   string           `json:"bro'ken"` //nolint:staticcheck // as above
	hidden   string
	*left
}

// TestUnmarshal compares the result with the same object after all members whose names are not exact were removed by hand.
func TestUnmarshal(t *testing.T) {
	for name, c := range map[string]struct {
		value, want string
		v, w        any
	}{
		"another case":          {`{"NAME":"a","Name":"b"}`, `{}`, new(inner), new(inner)},
		"both":                  {`{"name":"a","NAME":"b","nAme":"c"}`, `{"name":"a"}`, new(inner), new(inner)},
		"both, the other first": {`{"NAME":"b","name":"a"}`, `{"name":"a"}`, new(inner), new(inner)},
		"escaped":               {`{"n\u0061me":"a"}`, `{"name":"a"}`, new(inner), new(inner)},
		"long s and Kelvin":     {`{"s\u017f":1,"\u212aey":1}`, `{}`, &struct{ SS, Key int }{}, &struct{ SS, Key int }{}},
		"two fields":            {`{"name":"a","NAME":"b","Name":"c"}`, `{"name":"a","NAME":"b"}`, new(tagged), new(tagged)},
		"ambiguous":             {`{"Both":"a"}`, `{}`, new(ambiguous), new(ambiguous)},
		"embedded twice":        {`{"Both":"a","name":"b"}`, `{"Both":"a","name":"b"}`, new(twice), new(twice)},
		"an embedded pointer":   {`{"both":"a","BOTH":"b"}`, `{"both":"a"}`, new(struct{ *Exported }), new(struct{ *Exported })},
		"in a slice":            {`{"children":[{"name":"a"},null,{"NAME":"b"}]}`, `{"children":[{"name":"a"},null,{}]}`, new(tree), new(tree)},
		"in an array":           {`{"pair":[{"Name":"a"},{"name":"b"}]}`, `{"pair":[{},{"name":"b"}]}`, new(tree), new(tree)},
		"in a map":              {`{"byName":{"NAME":{"NAME":"x"},"b":{"name":"y"}}}`, `{"byName":{"NAME":{},"b":{"name":"y"}}}`, new(tree), new(tree)},
		"no fields":             {`{"-":"a","Skipped":"b","hidden":"c","bro'ken":"d","left":{}}`, `{"-":"a"}`, new(tree), new(tree)},
		"an invalid tag":        {`{"Broken":"a","broken":"b"}`, `{"Broken":"a"}`, new(tree), new(tree)},
		"types of their own":    {`{"at":"2026-01-02T03:04:05Z","raw":{"A":1},"any":{"B":[{"C":2}]}}`, `{"at":"2026-01-02T03:04:05Z","raw":{"A":1},"any":{"B":[{"C":2}]}}`, new(tree), new(tree)},
		"a map":                 {`{"a":1,"A":2}`, `{"a":1,"A":2}`, new(map[string]any), new(map[string]any)},
		"null":                  {`{"name":null,"children":null}`, `{}`, new(tree), new(tree)},
		"a slice of pointers":   {`[{"Name":"a"},{"name":"b"}]`, `[{},{"name":"b"}]`, new([]**inner), new([]**inner)},
		"white space":           {" { \"NAME\" : 1 ,\n\"name\" : \"a\" } ", `{"name":"a"}`, new(inner), new(inner)},
		"unknown members":       {`{"x":{"y":[1,{"z":null}]},"name":"a","w":1e400}`, `{"name":"a"}`, new(inner), new(inner)},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, strictjson.Unmarshal(strings.TrimSpace(c.value), c.v))
			require.NoError(t, json.Unmarshal([]byte(c.want), c.w))
			assert.Equal(t, c.w, c.v)
		})
	}
	assert.Error(t, strictjson.Unmarshal(`{"name":7}`, new(inner)))
	assert.Error(t, strictjson.Unmarshal(`{"name":"a"`, new(inner)))
	assert.Empty(t, tree{}.hidden)
}

// Exported is embedded by pointer, which encoding/json allocates only for an exported type.
type Exported struct {
	Both string `json:"both"`
}
