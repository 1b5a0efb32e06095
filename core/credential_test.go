package core_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

func TestTokenSource(t *testing.T) {
	auth := func(values ...string) http.Header { return http.Header{"Authorization": values} }
	both := core.TokenSource{Cookie: "session", Query: "access_token"}
	for name, c := range map[string]struct {
		source  core.TokenSource
		request coretest.Request
		token   string
		reason  string // of the 400
	}{
		"none":                                {core.TokenSource{}, coretest.Request{}, "", ""},
		"bearer":                              {core.TokenSource{}, coretest.Request{Headers: auth("Bearer a.b")}, "a.b", ""},
		"lower case":                          {core.TokenSource{}, coretest.Request{Headers: auth("bEARER a.b")}, "a.b", ""},
		"empty field":                         {core.TokenSource{}, coretest.Request{Headers: auth("")}, "", ""},
		"other scheme":                        {core.TokenSource{}, coretest.Request{Headers: auth("Basic YTpi")}, "", ""},
		"scheme alone":                        {core.TokenSource{}, coretest.Request{Headers: auth("Bearer")}, "", "malformed_credential"},
		"scheme and space":                    {core.TokenSource{}, coretest.Request{Headers: auth("Bearer ")}, "", "malformed_credential"},
		"two spaces":                          {core.TokenSource{}, coretest.Request{Headers: auth("Bearer  a")}, "", "malformed_credential"},
		"tab":                                 {core.TokenSource{}, coretest.Request{Headers: auth("Bearer\ta")}, "", "malformed_credential"},
		"no space":                            {core.TokenSource{}, coretest.Request{Headers: auth("BearerA")}, "", "malformed_credential"},
		"two tokens":                          {core.TokenSource{}, coretest.Request{Headers: auth("Bearer a, Bearer b")}, "", "malformed_credential"},
		"two, the first long":                 {core.TokenSource{}, coretest.Request{Headers: auth("Bearer " + strings.Repeat("a", 16000) + " b")}, "", "malformed_credential"},
		"twice":                               {core.TokenSource{}, coretest.Request{Headers: auth("Bearer a", "Bearer a")}, "", "duplicate_credential"},
		"with Basic":                          {core.TokenSource{}, coretest.Request{Headers: auth("Basic a", "Bearer a")}, "", "duplicate_credential"},
		"own scheme":                          {core.TokenSource{Scheme: "Token"}, coretest.Request{Headers: auth("token a")}, "a", ""},
		"own scheme, bearer":                  {core.TokenSource{Scheme: "Token"}, coretest.Request{Headers: auth("Bearer a")}, "", ""},
		"own header":                          {core.TokenSource{Header: "x-token"}, coretest.Request{Headers: http.Header{"X-Token": {"a"}}}, "a", ""},
		"own header, empty":                   {core.TokenSource{Header: "X-Token"}, coretest.Request{Headers: http.Header{"X-Token": {""}}}, "", ""},
		"own header and scheme, empty":        {core.TokenSource{Header: "X-Token", Scheme: "JWT"}, coretest.Request{Headers: http.Header{"X-Token": {""}}}, "", ""},
		"cookie, empty":                       {both, coretest.Request{Headers: http.Header{"Cookie": {"session="}}}, "", ""},
		"cookie, space around the name":       {both, coretest.Request{Headers: http.Header{"Cookie": {"session =a"}}}, "a", ""},
		"cookie, space around the value":      {both, coretest.Request{Headers: http.Header{"Cookie": {"x=y; session=\t\"a\" ; z=1"}}}, "a", ""},
		"cookie twice, one with a space":      {both, coretest.Request{Headers: http.Header{"Cookie": {"session =eve; session=ann"}}}, "", "duplicate_credential"},
		"cookie, other space before the name": {core.TokenSource{Cookie: "__Host-t"}, coretest.Request{Headers: http.Header{"Cookie": {"a=b; \u00a0__Host-t=a; \u0085__Host-t=b; \v__Host-t=c"}}}, "", ""},
		"cookie, empty in quotes":             {both, coretest.Request{Headers: http.Header{"Cookie": {`session=""`}}}, "", ""},
		"cookie, no value":                    {both, coretest.Request{Headers: http.Header{"Cookie": {"session"}}}, "", ""},
		"cookie, empty and not":               {both, coretest.Request{Headers: http.Header{"Cookie": {"session=; session=a"}}}, "", "duplicate_credential"},
		"query, empty":                        {both, coretest.Request{Target: "/?access_token="}, "", ""},
		"query, no value":                     {both, coretest.Request{Target: "/?access_token"}, "", ""},
		"query, empty and not":                {both, coretest.Request{Target: "/?access_token=&access_token=a"}, "", "duplicate_credential"},
		"empty everywhere but one":            {both, coretest.Request{Target: "/?access_token=", Headers: http.Header{"Authorization": {""}, "Cookie": {"session=a"}}}, "a", ""},
		"own header, two":                     {core.TokenSource{Header: "X-Token"}, coretest.Request{Headers: http.Header{"X-Token": {"a b"}}}, "", "malformed_credential"},
		"own header, scheme":                  {core.TokenSource{Header: "X-Token", Scheme: "JWT"}, coretest.Request{Headers: http.Header{"X-Token": {"JWT a"}}}, "a", ""},
		"cookie is off":                       {core.TokenSource{}, coretest.Request{Headers: http.Header{"Cookie": {"session=a"}}}, "", ""},
		"query is off":                        {core.TokenSource{}, coretest.Request{Target: "/?access_token=a"}, "", ""},
		"cookie":                              {both, coretest.Request{Headers: http.Header{"Cookie": {"x=y; session=a; z"}}}, "a", ""},
		"cookie in quotes":                    {both, coretest.Request{Headers: http.Header{"Cookie": {`session="a"`}}}, "a", ""},
		"cookie of other name":                {both, coretest.Request{Headers: http.Header{"Cookie": {"Session=a; xsession=b"}}}, "", ""},
		"cookie twice":                        {both, coretest.Request{Headers: http.Header{"Cookie": {"session=a; session=a"}}}, "", "duplicate_credential"},
		"in the first of two Cookie lines":    {both, coretest.Request{Headers: http.Header{"Cookie": {"session=a", "x=y"}}}, "a", ""},
		"in the second of two Cookie lines":   {both, coretest.Request{Headers: http.Header{"Cookie": {"x=y", "z=1; session=a"}}}, "a", ""},
		"in none of two Cookie lines":         {both, coretest.Request{Headers: http.Header{"Cookie": {"x=y", "y=z"}}}, "", ""},
		"in two Cookie lines":                 {both, coretest.Request{Headers: http.Header{"Cookie": {"session=a", "session=a"}}}, "", "duplicate_credential"},
		"in two Cookie lines, one empty":      {both, coretest.Request{Headers: http.Header{"Cookie": {"session=a", "session="}}}, "", "duplicate_credential"},
		"in the third of three":               {both, coretest.Request{Headers: http.Header{"Cookie": {"x=y", "", "session=a"}}}, "a", ""},
		"header, and two Cookie lines":        {both, coretest.Request{Headers: http.Header{"Authorization": {"Bearer a"}, "Cookie": {"x=y", "y=z"}}}, "a", ""},
		"header, and a cookie in two lines":   {both, coretest.Request{Headers: http.Header{"Authorization": {"Bearer a"}, "Cookie": {"x=y", "session=b"}}}, "", "duplicate_credential"},
		"query":                               {both, coretest.Request{Target: "/?x=y&access_token=a%2eb"}, "a.b", ""},
		"query, escaped name":                 {both, coretest.Request{Target: "/?access%5Ftoken=a"}, "a", ""},
		"query twice":                         {both, coretest.Request{Target: "/?access_token=a&access_token=b"}, "", "duplicate_credential"},
		"query broken":                        {both, coretest.Request{Target: "/?access_token=%zz"}, "", "malformed_credential"},
		"query broken beside":                 {both, coretest.Request{Target: "/?%zz=1&access_token=a"}, "a", ""},
		"header and cookie":                   {both, coretest.Request{Headers: http.Header{"Authorization": {"Bearer a"}, "Cookie": {"session=a"}}}, "", "duplicate_credential"},
		"header and query":                    {both, coretest.Request{Target: "/?access_token=a", Headers: auth("Bearer a")}, "", "duplicate_credential"},
		"cookie and query":                    {both, coretest.Request{Target: "/?access_token=a", Headers: http.Header{"Cookie": {"session=a"}}}, "", "duplicate_credential"},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := c.source.Token(c.request)
			assert.Equal(t, c.token, token)
			candidate, failed := c.source.Candidate(c.request)
			if c.reason == "" {
				require.NoError(t, err)
				require.NoError(t, failed)
				assert.Equal(t, c.token, candidate)
				return
			}
			if c.source.Cookie == "" && strings.Contains(candidate, " ") {
				assert.NoError(t, failed, "a text that no token is equal to")
			} else {
				assert.Equal(t, err, failed)
				assert.Empty(t, candidate)
			}
			var e *core.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, []any{400, c.reason}, []any{e.Status(), string(e.Reason())})
		})
	}
}

// TestHiddenCookieLines has requests that show one Cookie line of two. The other may have a second token.
func TestHiddenCookieLines(t *testing.T) {
	two := coretest.Request{Headers: http.Header{"Cookie": {"session=a", "x=y"}}}
	for name, req := range map[string]core.Request{
		"without the interface": struct{ core.Request }{two},
		"fewer than counted":    fewerLines{two},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := core.Cookie(req, "session")
			var e *core.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, []any{400, "duplicate_credential"}, []any{e.Status(), string(e.Reason())})
		})
	}
}

type fewerLines struct{ coretest.Request }

func (r fewerLines) FieldLines(name string) []string { return r.Headers[name][:1] }

func TestPlaces(t *testing.T) {
	assert.Equal(t, []string{"Authorization bearer"}, core.TokenSource{}.Places())
	assert.Equal(t, []string{"X-Token", "cookie a", "query b"}, core.TokenSource{Header: "x-token", Cookie: "a", Query: "b"}.Places())
}

// FuzzAuthorization looks for a value that gives a token in any other form than the scheme, one space and the token.
func FuzzAuthorization(f *testing.F) {
	for _, v := range []string{"Bearer a", "bearer a.b.c", "Bearer  a", "Bearer", "", "Basic x", "Bearer a b", "Bearer\ta", "bearer\u017f x"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		token, err := core.BearerToken(coretest.Request{Headers: http.Header{"Authorization": {value}}})
		if err != nil {
			var e *core.Error
			require.True(t, errors.As(err, &e) && e.Status() == 400)
			require.Empty(t, token)
			return
		}
		if token == "" {
			require.False(t, strings.HasPrefix(strings.ToLower(value), "bearer"), "a broken bearer must not pass for none")
			return
		}
		require.NotContains(t, token, " ")
		require.Equal(t, "bearer "+token, strings.ToLower(value[:6])+value[6:])
	})
}
