package registrator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestLiteralPaths registers each path below one of the test's own, and asks for it, for what begins with it, and for what
// only a regular expression would match.
func TestLiteralPaths(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		host, port := backend(t, "hello")
		all := []struct{ path, ask, not string }{
			{"/odata/$metadata", "/odata/$metadata", "/odata/"},
			{"/f(1)", "/f(1)", "/f1"},
			{"/star/*", "/star/*", "/star/x"},
			{"/x[id]", "/x[id]", "/xi"},
			{"/u/@me", "/u/@me", "/u/me"},
			{"/v1.0/@x", "/v1.0/@x", "/v1x0/@x"},
			{"/v1.0/x", "/v1.0/x", "/v1x0/x"},
			{"/plus+", "/plus+", "/pluss"},
			{"/a;b=c,d", "/a;b=c,d", "/a;b"},
			{"/it's!", "/it's!", "/its!"},
			{"/c:d&e", "/c:d&e", "/cd&e"},
			{"/hello%20world", "/hello%20world", "/hello"},
			{"/hello world2", "/hello%20world2", "/hello%20world"},
			{"/h%C3%A9", "/h%C3%A9", "/h%C3"},
			{"/hé2", "/h%C3%A92", "/h%C3%A9"},
			{"/{id}", "/%7Bid%7D", "/7"},
			{"/a|b", "/a%7Cb", "/a"},
			{"/a^b", "/a%5Eb", "/a"},
			{"/s%2fs", "/s%2Fs", "/s/s"},
			{"/p%41", "/pA", "/p%2541"},
			{"/m.n@o%20p", "/m.n@o%20p", "/mxn@o%20p"},
			{"/q%22<q>", "/q%22%3Cq%3E", "/q"},
			{"/b%5cb", "/b%5Cb", "/bb"},
			{"/tick`", "/tick%60", "/tick"},
			{"/~me", "/~me", "/me"},
			{"/100%25", "/100%25", "/100"},
		}
		under := make([]string, len(all))
		for i, c := range all {
			s := g.hello()
			under[i] = s.Paths[0]
			s.Host, s.Port, s.Paths = host, port, []string{under[i] + c.path}
			require.NoError(t, g.kong().Register(soon(t), s), c.path)
			g.written()
			require.NoError(t, g.kong().Register(soon(t), s), c.path)
			assert.Empty(t, g.written(), "%s: what the gateway keeps is no drift", c.path)
		}
		for i, c := range all {
			g.eventually(under[i]+c.ask, "200 hello")
			g.eventually(under[i]+c.ask+"/more", "200 hello")
			status, body := g.ask(under[i] + c.not)
			assert.Equal(t, http.StatusNotFound, status, "%s: %s", c.not, body)
		}
	})
}

// TestTildeIsWrittenWhereTheUserWroteIt tests that ~ is written only for regular expressions.
func TestTildeIsWrittenWhereTheUserWroteIt(t *testing.T) {
	for _, version := range []string{"2.8.5", "3.9.3"} {
		for path, c := range map[string]struct{ two, three string }{
			"/hello":           {"/hello", "/hello"},
			"/odata/$metadata": {`/odata/\$metadata`, "/odata/$metadata"},
			"/v1.0/x":          {"/v1.0/x", "/v1.0/x"},
			"/v1.0/@x":         {`/v1\.0/@x`, "/v1.0/@x"},
			"/a b":             {"/a%20b", "/a b"},
			"/a%20b":           {"/a%20b", "/a b"},
			"/a%2fb":           {"/a%2Fb", "/a%2Fb"},
			"/a b@c.d":         {`/a%20b@c\.d`, "/a b@c.d"},
			"~/u/@me":          {"/u/@me", "~/u/@me"},
			`~/u/\d+`:          {`/u/\d+`, `~/u/\d+`},
			"~/v1.0/x":         {"/v1.0/x(?:)", "~/v1.0/x"},
		} {
			inVirtualTime(t, kongtest.Config{Version: version}, func(t *testing.T, k *kongtest.Gateway) {
				s := hello()
				s.Paths = []string{path}
				plan, err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Plan(t.Context(), s)
				require.NoError(t, err)
				want := c.three
				if version == "2.8.5" {
					want = c.two
				}
				var paths any
				for _, change := range plan.Changes {
					for _, f := range change.Fields {
						if f.Field == "paths" {
							paths = f.To
						}
					}
				}
				assert.Equal(t, []any{want}, paths, "%s on %s", path, version)
			})
		}
	}
}

// TestLongerPathsWin tests pairs of services of which one path is a prefix of the other. The shorter path is registered first.
func TestLongerPathsWin(t *testing.T) {
	onEachGateway(t, func(t *testing.T, g *gateway) {
		all := map[string]struct {
			short, long []string
			ask         string
		}{
			"two with @":             {[]string{"/u/@me"}, []string{"/u/@me/photos"}, "/u/@me/photos"},
			"plain above @":          {[]string{"/u"}, []string{"/u/@me"}, "/u/@me/x"},
			"@ beside plain":         {[]string{"/u/@me", "/x"}, []string{"/x/long"}, "/x/long/1"},
			"an expression beside":   {[]string{`~/re/\d+$`, "/x"}, []string{"/x/long"}, "/x/long/1"},
			"dots and $":             {[]string{"/v1.0/$metadata"}, []string{"/v1.0/$metadata/types.xml"}, "/v1.0/$metadata/types.xml"},
			"escaped":                {[]string{"/a%20b"}, []string{"/a b/c"}, "/a%20b/c"},
			"several lengths":        {[]string{"/o/$batch", "/o/$metadata"}, []string{"/o/$metadata/x"}, "/o/$metadata/x"},
			"an expression is first": {[]string{"/e/@x"}, []string{`~/e/@x/\d+`}, "/e/@x/12"},
		}
		ask := map[string]string{}
		for name, c := range all {
			prefix := "/" + g.name()
			ask[name] = prefix + c.ask
			for i, paths := range [][]string{c.short, c.long} {
				s := g.hello()
				s.Host, s.Port = backend(t, []string{"short", "long"}[i])
				s.Paths = nil
				for _, p := range paths {
					literal, isExpression := strings.CutPrefix(p, "~")
					if p = prefix + literal; isExpression {
						p = "~" + p
					}
					s.Paths = append(s.Paths, p)
				}
				require.NoError(t, g.kong().Register(soon(t), s), name)
			}
		}
		for name, path := range ask {
			g.eventually(path, "200 long")
			t.Log(name)
		}
	})
}

// TestPriorityOfSpecialLiterals tests that regex_priority is ours on Kong 2 while it is needed, and otherwise the operator's.
func TestPriorityOfSpecialLiterals(t *testing.T) {
	inVirtualTime(t, kongtest.Config{Version: "2.8.5"}, func(t *testing.T, k *kongtest.Gateway) {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		s := hello()
		for _, step := range []struct {
			paths    []string
			operator string // sets it
			want     string
		}{
			{[]string{"/u/@me"}, "", "-999994"},
			{[]string{"/u/@me/photos"}, "", "-999987"},
			{[]string{"/u/@me/photos", "/u/@me"}, "", "-999994"},
			{[]string{"/u"}, "", "0"},
			{[]string{"/u/@me"}, "7", "7"},
			{[]string{"/u"}, "", "7"},
		} {
			if step.operator != "" {
				operateWith(k, "PATCH", "/routes/hello", `{"regex_priority":`+step.operator+`}`)
			}
			s.Paths = step.paths
			require.NoError(t, kong.Register(t.Context(), s))
			assert.Contains(t, operate(k, "GET", "/routes/hello").Body.String(), `"regex_priority":`+step.want, "%v", step.paths)
			k.Forget()
			require.NoError(t, kong.Register(t.Context(), s))
			assert.Empty(t, k.Writes(), "%v", step.paths)
		}
	})
}

// TestMixesThatKong2CannotHave tests the errors for paths that cannot be in one route of Kong 2.
func TestMixesThatKong2CannotHave(t *testing.T) {
	for _, c := range []struct {
		version, says string
		paths         []string
	}{
		{"2.8.5", `write it as an expression, "~/v1\\.0/@me"`, []string{`~/re/\d+`, "/v1.0/@me"}},
		{"2.5.1", `"/x" cannot be in one description with the regular expression`, []string{"/x", `~/re/\d+`}},
		{"2.8.5", "", []string{"/x", `~/re/\d+`}},
		{"2.8.5", "", []string{`~/v1\.0/@me`, `~/re/\d+`}},
		{"3.9.3", "", []string{`~/re/\d+`, "/v1.0/@me", "/x"}},
	} {
		inVirtualTime(t, kongtest.Config{Version: c.version}, func(t *testing.T, k *kongtest.Gateway) {
			s := hello()
			s.Paths = c.paths
			err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), s)
			if c.says == "" {
				require.NoError(t, err, "%s %v", c.version, c.paths)
				return
			}
			require.ErrorIs(t, err, registrator.ErrInvalid)
			assert.ErrorContains(t, err, c.says)
			assert.Empty(t, k.Writes())
		})
	}
}

func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*service)
		says   string
	}{
		"nothing":           {func(*service) {}, ""},
		"ODate":             {func(s *service) { s.Paths = []string{"/odata/$metadata", "/f(1)", "/u/@me", "/a.b"} }, ""},
		"a loopback":        {func(s *service) { s.Host, s.Instance = "", "127.0.0.1:80" }, "Service.Instance"},
		"another of them":   {func(s *service) { s.Host, s.Instance = "", "127.9.9.9" }, "loopback"},
		"IPv6":              {func(s *service) { s.Host, s.Instance = "", "[::1]:80" }, "loopback"},
		"a name":            {func(s *service) { s.Host, s.Instance = "", "localhost:80" }, "loopback"},
		"in capitals":       {func(s *service) { s.Host, s.Instance = "", "LOCALHOST." }, "loopback"},
		"a host":            {func(s *service) { s.Host = "localhost" }, "Service.Host"},
		"a parameter":       {func(s *service) { s.Paths = []string{"/u/{id}"} }, "literally"},
		"another parameter": {func(s *service) { s.Paths = []string{"/u/:id"} }, "literally"},
		"brackets":          {func(s *service) { s.Paths = []string{"/u/[id]"} }, "literally"},
		"a star":            {func(s *service) { s.Paths = []string{"/u/*"} }, "literally"},
		"of Kong 2":         {func(s *service) { s.Paths = []string{"/u/[0-9]+"} }, "literally"},
		"an end":            {func(s *service) { s.Paths = []string{"/u/me$"} }, "literally"},
		"an expression":     {func(s *service) { s.Paths = []string{"~/u/[0-9]+$"} }, ""},
	} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			logger, logged := captured()
			s := hello()
			c.change(&s)
			require.NoError(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Logger: logger}).Register(t.Context(), s), name)
			if c.says == "" {
				assert.NotContains(t, logged(), "level=WARN", name)
				return
			}
			assert.Equal(t, 1, strings.Count(logged(), "level=WARN"), "%s: %s", name, logged())
			assert.Contains(t, logged(), c.says, name)
		})
	}
}
