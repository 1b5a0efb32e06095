package registrator_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// answers are the bodies in which a server may repeat a text.
var answers = map[string]func(text string) string{
	"a message": func(text string) string {
		return `{"message":"` + inJSON("cannot parse: "+text, false) + `"}`
	},
	"a field": func(text string) string {
		return `{"code":2,"message":"m","fields":{"config":{"a":[null,"` + inJSON("bad value '"+text+"'", true) + `"]}}}`
	},
	"a name": func(text string) string {
		return `{"code":2,"message":"m","fields":{"config":{"` + inJSON(text, true) + `":"unknown field"}}}`
	},
	"text":        func(text string) string { return "bad request: " + text + ", sorry" },
	"a title":     func(text string) string { return "<html><title>400 " + text + "</title></html>" },
	"a paragraph": func(text string) string { return "<h1>400</h1>\n<p>you sent:\n<pre>" + text + "</pre><hr>nginx" },
	"as sent": func(text string) string {
		return `{"message":"cannot parse: {"name":"http-log","config":{"a":"` + text + `"}}"}`
	},
	"far back": func(text string) string { return strings.Repeat("x ", 248) + text },
}

// answering is an empty gateway that gives this answer to the first plugin.
type answering string

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := 404, `{"message":"Not found"}`
	switch {
	case r.URL.Path == "/":
		status, body = 200, `{"version":"3.9.3"}`
	case strings.HasSuffix(r.URL.Path, "/plugins") && r.Method == "POST":
		status, body = 400, string(a)
	case r.Method == "POST":
		status, body = 201, `{}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// whatIsSaid registers with plugins of these configurations at a gateway that gives this answer, and returns all that is printed.
func whatIsSaid(t *testing.T, answer string, configs ...map[string]any) (said string, e *registrator.Error) {
	synctest.Test(t, func(t *testing.T) { // some answers are passing troubles
		logger, logged := captured()
		kong, err := registrator.NewKong("http://localhost:8001", registrator.Config{Transport: answering(answer), Logger: logger})
		require.NoError(t, err)
		s := hello()
		for i, c := range configs {
			s.Plugins = append(s.Plugins, registrator.Plugin{Name: "plugin" + strconv.Itoa(i), Config: c})
		}
		require.ErrorAs(t, kong.Register(t.Context(), s), &e)
		said = all(e) + logged()
	})
	return said, e
}

func all(e *registrator.Error) string {
	return fmt.Sprintf("%v\n%+v\n%#v\n%+v\n%s\n%v\n", e, e, e, *e, e.Message, e.Fields)
}

func privateKey() string {
	der := make([]byte, 300)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range der {
		der[i] = byte(r.Uint32())
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// TestEchoesOfTheConfiguration tests each kind of secret in each form in each kind of answer. Under the race detector, which makes
// it ten times slower and has nothing to find here, each form is in one kind of answer.
func TestEchoesOfTheConfiguration(t *testing.T) {
	for kind, secret := range map[string]string{
		"lines":        "line1line1\nline2line2",
		"marks":        `pa"ss&wo<rd>'12\34/56`,
		"tags":         "s3cr<br>et-of-<b>m1ne</b>",
		"a tab":        "tab\tin\tth1s\tsecret",
		"spaces":       "two  spaces  in  h3re",
		"a key":        privateKey(),
		"accents":      "gëhéimnis-ßecret-ñ",
		"emoji":        "p🔑ss🔒w0rd🗝x",
		"symbols":      "!$#*()~^:;?{}[]|=@",
		"escapes":      `c0rp\name\u0041%41%2f&amp;&lt;+x`,
		"an address":   "https://me:pa%24%24w0rd@l0gs.els3where.org/a?key=s3cr%2Bt+x&other=l0ng3r",
		"a header":     "X-Thing: v4lue/of+it==",
		"long":         strings.Repeat("0123456789abcdefghijklmnop-", 3000/27),
		"a passphrase": "redis cluster local policy header",
	} {
		for form, encode := range encodings {
			for where, answer := range answers { // in random order
				said, _ := whatIsSaid(t, answer(encode(secret)), map[string]any{"list": []any{map[string]any{"of": secret}}})
				isHidden := assertHidden(t, said, secret)
				if strings.HasPrefix(form, "Bas") { // which readable does not decode
					isHidden = assertHidden(t, said, encode(secret)[8:]) && isHidden
				}
				if !isHidden {
					t.Fatalf("%s, %s, in %s", kind, form, where)
				}
				if raceEnabled {
					break
				}
			}
		}
	}
}

// TestPartsOfSecretsAreSecret tests servers that parse a value and repeat a part of it.
func TestPartsOfSecretsAreSecret(t *testing.T) {
	for name, c := range map[string]struct {
		config map[string]any
		said   string // by the gateway
		want   string
	}{
		"a user":                    {map[string]any{"u": "http://me:pw@log/?k=s"}, "no user me here", "no user [secret] here"},
		"a password":                {map[string]any{"u": "http://me:pw@log/?k=s"}, "no password pw here", "no password [secret] here"},
		"an encoded password":       {map[string]any{"u": "http://me:p%40w@log/?k=s"}, "is p@w or p%40w", "is [secret] or [secret]"},
		"a query":                   {map[string]any{"u": "http://me:pw@log/?k=s"}, "is k=s", "is k=[secret]"},
		"a bare query":              {map[string]any{"u": "http://log/?qq"}, "is qq", "is [secret]"},
		"Basic":                     {map[string]any{"u": "http://me:pw@log/"}, "is bWU6cHc=", "is [secret]"},
		"the value of a header":     {map[string]any{"headers": map[string]any{"X-Th": "ab c"}}, "X-Th: ab c", "X-Th: [secret]"},
		"what a scheme is for":      {map[string]any{"headers": map[string]any{"Authorization": "Bearer xy"}}, "no such xy", "no such [secret]"},
		"a header in a line":        {map[string]any{"add": []any{"X-Th:q1"}}, "bad q1", "bad [secret]"},
		"a line":                    {map[string]any{"a": "one\r\ntwo3"}, "bad two3", "bad [secret]"},
		"a number":                  {map[string]any{"a": 4711}, "is 4711 (or 4711.0, 47110)", "is [secret] (or [secret].0, 47110)"},
		"a large number":            {map[string]any{"a": json.Number("123456789012345678901")}, "is 1.2345678901235e+20", "is [secret]"},
		"a small one":               {map[string]any{"pin": 7}, "is 7", "is [secret]"},
		"a byte":                    {map[string]any{"password": "x"}, "invalid value: x", "invalid value: [secret]"},
		"a mark":                    {map[string]any{"password": "!"}, "invalid value: !", "invalid value: [secret]"},
		"one in another":            {map[string]any{"a": "abcdefgh", "b": "cdefg", "c": "abcdefghijk"}, "is abcdefghijk, cdefg", "is [secret], [secret]"},
		"a word at its edge":        {map[string]any{"a": "cluster policy"}, "is cluster policy", "is [secret]"},
		"Base64 behind a word":      {map[string]any{"a": "0123456789ab"}, "is Basic MDEyMzQ1Njc4OWFi", "is Basic [secret]"},
		"in an array":               {map[string]any{"a": []any{[]any{"v1x"}}}, "is v1x", "is [secret]"},
		"the rest of a clipped one": {map[string]any{"a": "0123456789"}, "is 01234567", "is [secret]"},
	} {
		_, e := whatIsSaid(t, `{"message":"`+inJSON(c.said, false)+`","fields":{"config":{"x":"`+inJSON(c.said, true)+`"}}}`, c.config)
		assert.Equal(t, c.want, e.Message, name)
		assert.Equal(t, c.want, e.Fields["config.x"], name)
		_, e = whatIsSaid(t, c.said, c.config)
		assert.Equal(t, c.want, e.Message, name)
	}
}

// TestNumbersInFieldsAreSecret tests values that the gateway repeats as numbers.
func TestNumbersInFieldsAreSecret(t *testing.T) {
	_, e := whatIsSaid(t, `{"message":"m","fields":{"config":{"pin":12345678,"serial":9876543210,"on":true}}}`,
		map[string]any{"pin": 12345678, "serial": int64(9876543210), "on": true})
	assert.Equal(t, map[string]string{"config.pin": "[secret]", "config.serial": "[secret]", "config.on": "true"}, e.Fields)
}

// TestManyLongSecrets limits the time that an error takes.
func TestManyLongSecrets(t *testing.T) {
	var secrets []any
	r := rand.New(rand.NewPCG(3, 4))
	n := 4
	switch {
	case raceEnabled:
		n = 2
	case long():
		n = 20
	}
	for range n {
		text := make([]byte, 48<<10)
		for i := range text {
			text[i] = byte(r.Uint32())
		}
		secrets = append(secrets, base64.StdEncoding.EncodeToString(text))
	}
	last := secrets[n-1].(string)
	fields := map[string]string{}
	for i := range 1000 {
		fields["f"+strconv.Itoa(i)] = last[i : i+1000]
	}
	body, _ := json.Marshal(map[string]any{"message": last, "fields": fields})
	start := time.Now()
	said, e := whatIsSaid(t, string(body), map[string]any{"all": secrets})
	assert.Less(t, time.Since(start), 5*time.Minute) // it takes a second
	t.Log(time.Since(start))
	assertHidden(t, said, last[:2000])
	assert.LessOrEqual(t, len(e.Fields), 100)
}

// TestPlanRepeatsNoSecret tests a gateway whose entities have values of the configuration of a plugin.
func TestPlanRepeatsNoSecret(t *testing.T) {
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	logger, logged := captured()
	kong := newKong(t, k.AdminURL(), registrator.Config{Logger: logger})
	s := hello()
	s.Paths = []string{"/c0nfigSecret"}
	s.Tags = []string{"c0nfigSecret"}
	require.NoError(t, kong.Register(t.Context(), s))
	before := len(logged())
	s.Paths, s.Tags = []string{"/hello"}, []string{"new"}
	s.Plugins = []registrator.Plugin{{Name: "http-log", Config: map[string]any{"http_endpoint": "http://log/?k=c0nfigSecret"}}}
	plan, err := kong.Plan(t.Context(), s)
	require.NoError(t, err)
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	require.NoError(t, kong.Register(t.Context(), s))
	said := fmt.Sprintf("%v %+v %s %s", plan, plan, text, logged()[before:])
	assert.NotContains(t, said, "c0nfigSecret")
	assert.Contains(t, said, `paths ["/[secret]"] -> ["/hello"]`)
}

// TestConfigurationThatIsNotJSON tests values that encoding/json quotes in its errors.
func TestConfigurationThatIsNotJSON(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"no number":  {json.Number("s3cr3t"), "cannot be written as JSON"},
		"raw":        {json.RawMessage(`{"s3cr3t`), "cannot be written as JSON"},
		"a channel":  {make(chan int), "cannot be written as JSON: it has a chan int"},
		"not finite": {math.Inf(1), "cannot be written as JSON: it has a number that is not finite"},
	} {
		s := hello()
		s.Plugins = []registrator.Plugin{{Name: "http-log", Config: map[string]any{"a": c.value}}}
		err := newKong(t, "http://localhost:1", registrator.Config{}).Register(t.Context(), s)
		require.ErrorIs(t, err, registrator.ErrInvalid, name)
		assert.ErrorContains(t, err, c.want, name)
		assert.NotContains(t, err.Error(), "s3cr3t", name)
	}
}

// FuzzSecretInAnswer has a secret that is written in two forms, one in the other, in any answer.
func FuzzSecretInAnswer(f *testing.F) {
	forms, places := slices.Sorted(maps.Keys(encodings)), slices.Sorted(maps.Keys(answers))
	for i := range max(len(forms), len(places)) {
		f.Add("s3cr3t\"va/lue<&>\n\u00e9\U0001f511"+strconv.Itoa(i), byte(i), byte(i+7), byte(i), "bad value: ", " in line 1")
	}
	f.Fuzz(func(t *testing.T, secret string, inner, outer, place byte, before, after string) {
		if !utf8.ValidString(secret) || strings.ContainsFunc(secret, unicode.IsControl) && !strings.Contains(secret, "\n") ||
			len(readable(secret)) < 8 || len(secret)+len(before)+len(after) > 2000 {
			return
		}
		wanted := readable(secret)
		if strings.Contains(readable(before+after+places[0]), wanted[:8]) {
			return
		}
		encoded := encodings[forms[int(outer)%len(forms)]](encodings[forms[int(inner)%len(forms)]](secret))
		answer := answers[places[int(place)%len(places)]](before + encoded + after)
		said, _ := whatIsSaid(t, answer, map[string]any{"of": []any{secret}})
		quiet, _ := whatIsSaid(t, answers[places[int(place)%len(places)]](before+after), map[string]any{})
		if i := common(readable(said), wanted); i != "" && !strings.Contains(readable(quiet), i) {
			t.Errorf("%q of %q is in\n%s\nfor\n%s", i, secret, said, answer)
		}
	})
}

// common returns a sequence of eight bytes of the secret that the text has, too.
func common(said, secret string) string {
	for i := range max(len(secret)-7, 0) {
		if strings.Contains(said, secret[i:i+8]) {
			return secret[i : i+8]
		}
	}
	return ""
}
