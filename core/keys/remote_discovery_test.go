package keys_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

const (
	oauthForm    = "https://login.example.com/.well-known/oauth-authorization-server/realms/shop"
	openIDForm   = "https://login.example.com/.well-known/openid-configuration/realms/shop"
	appendedForm = issuerURL + "/.well-known/openid-configuration"
)

// answers serves one text at each URL and 404 at all others. A text of three digits is a status; "hang" never answers.
func answers(texts map[string]string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		text, ok := texts["https://"+r.Host+r.URL.EscapedPath()]
		switch {
		case !ok:
			return false
		case text == "hang":
			return hang(w, r)
		case len(text) == 3:
			w.WriteHeader(int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0'))
		default:
			_, _ = w.Write([]byte(text))
		}
		return true
	}
}

func discoveryOf(issuer, jwks string) string {
	return string(must(json.Marshal(object{"issuer": issuer, "jwks_uri": jwks})))
}

func TestDiscovery(t *testing.T) {
	good := discoveryOf(issuerURL, keysURL)
	all := []string{oauthForm, openIDForm, appendedForm, keysURL}
	for name, c := range map[string]struct {
		texts map[string]string
		asked []string
		says  string // where it fails
	}{
		"the first form":             {map[string]string{oauthForm: good}, []string{oauthForm, keysURL}, ""},
		"the second":                 {map[string]string{openIDForm: good}, []string{oauthForm, openIDForm, keysURL}, ""},
		"the third":                  {nil, all, ""},
		"403 goes on":                {map[string]string{oauthForm: "403"}, all, ""},
		"204 goes on":                {map[string]string{oauthForm: "204"}, all, ""},
		"a redirect goes on":         {map[string]string{oauthForm: "302"}, all, ""},
		"HTML goes on":               {map[string]string{oauthForm: "<html>"}, all, ""},
		"an array goes on":           {map[string]string{oauthForm: "[" + good + "]"}, all, ""},
		"cut JSON goes on":           {map[string]string{oauthForm: good[:len(good)-1]}, all, ""},
		"another issuer goes on":     {map[string]string{oauthForm: discoveryOf("https://evil.example", "https://evil.example/keys")}, all, ""},
		"no jwks_uri goes on":        {map[string]string{oauthForm: `{"issuer":"` + issuerURL + `"}`}, all, ""},
		"names twice go on":          {map[string]string{oauthForm: `{"issuer":"` + issuerURL + `","issuer":"` + issuerURL + `","jwks_uri":"https://evil.example"}`}, all, ""},
		"names of another case":      {map[string]string{oauthForm: `{"Issuer":"` + issuerURL + `","jwks_uri":"https://evil.example"}`}, all, ""},
		"429 ends it":                {map[string]string{oauthForm: "429"}, all[:1], "status 429"},
		"500 ends it":                {map[string]string{oauthForm: "500"}, all[:1], "status 500"},
		"silence ends it":            {map[string]string{oauthForm: "hang"}, all[:1], "not complete in time"},
		"a lie everywhere":           {map[string]string{appendedForm: discoveryOf("https://evil.example", keysURL)}, all[:3], `set RemoteConfig.Issuer to exactly`},
		"a slash more":               {map[string]string{appendedForm: discoveryOf(issuerURL+"/", keysURL)}, all[:3], "a slash at the end"},
		"another case":               {map[string]string{appendedForm: discoveryOf("https://LOGIN.example.com/realms/shop", keysURL)}, all[:3], "set RemoteConfig.Issuer to exactly"},
		"an issuer that is no text":  {map[string]string{appendedForm: `{"issuer":["` + issuerURL + `"],"jwks_uri":"` + keysURL + `"}`}, all[:3], `has no "issuer"`},
		"a jwks_uri that is no text": {map[string]string{appendedForm: `{"issuer":"` + issuerURL + `","jwks_uri":1}`}, all[:3], `has no "jwks_uri"`},
		"http keys":                  {map[string]string{appendedForm: discoveryOf(issuerURL, "http://keys.example.net/")}, all[:3], "InsecureHTTP"},
		"file keys":                  {map[string]string{appendedForm: discoveryOf(issuerURL, "file:///etc/passwd")}, all[:3], "absolute URL"},
		"relative keys":              {map[string]string{appendedForm: discoveryOf(issuerURL, "/keys")}, all[:3], "absolute URL"},
		"keys with credentials":      {map[string]string{appendedForm: discoveryOf(issuerURL, "https://a:SECRET@keys.example.net/")}, all[:3], "credentials"},
		"keys on this machine":       {map[string]string{appendedForm: discoveryOf(issuerURL, "https://127.0.0.1/keys")}, all[:3], "KeysHosts"},
		"keys on http loopback":      {map[string]string{appendedForm: discoveryOf(issuerURL, "http://localhost:6379/keys")}, all[:3], "KeysHosts"},
		"keys of the cloud":          {map[string]string{appendedForm: discoveryOf(issuerURL, "https://169.254.169.254/latest")}, all[:3], "KeysHosts"},
		"keys in IPv6 form":          {map[string]string{appendedForm: discoveryOf(issuerURL, "https://[::ffff:10.0.0.1]/latest")}, all[:3], "KeysHosts"},
		"nowhere":                    {map[string]string{appendedForm: "404"}, all[:3], "no discovery document of the issuer was found"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer("a")
				s.fail(answers(c.texts))
				r, log := s.remote(t, byIssuer)
				assert.Equal(t, c.asked, s.asked())
				if c.says == "" {
					assert.True(t, has(t, r, "a"))
					return
				}
				assert.False(t, r.Health().Usable)
				assert.ErrorContains(t, r.Health().Err, c.says)
				text := log.all()
				for _, secret := range []string{"SECRET", "evil.example"} {
					assert.NotContains(t, text, secret)
				}
			})
		})
	}
}

// TestDiscoveryAddresses: a slash at the end of the path is taken off, and equal addresses are asked once.
func TestDiscoveryAddresses(t *testing.T) {
	for issuer, want := range map[string][]string{
		"https://login.example.com": {
			"https://login.example.com/.well-known/oauth-authorization-server", "https://login.example.com/.well-known/openid-configuration"},
		"https://login.example.com/": {
			"https://login.example.com/.well-known/oauth-authorization-server", "https://login.example.com/.well-known/openid-configuration"},
		issuerURL + "/": {oauthForm, openIDForm, appendedForm},
		"https://login.example.com/a%2Fb": {"https://login.example.com/.well-known/oauth-authorization-server/a%2Fb",
			"https://login.example.com/.well-known/openid-configuration/a%2Fb", "https://login.example.com/a%2Fb/.well-known/openid-configuration"},
	} {
		s := newKeyServer()
		s.fail(status(404))
		r, err := keys.RemoteConfig{Issuer: issuer, Client: s.client(), Logger: discard}.Open(t.Context())
		require.NoError(t, err)
		assert.NoError(t, r.Close())
		assert.Equal(t, want, s.asked(), issuer)
	}
}

// TestInnerAndOuterName is a cluster: the issuer is asked by an inner name and calls itself by the outer one.
func TestInnerAndOuterName(t *testing.T) {
	const inner = "https://10.1.2.3/realms/shop/.well-known/openid-configuration"
	s := newKeyServer("a")
	s.fail(answers(map[string]string{inner: discoveryOf(issuerURL, keysURL)}))
	r, _ := s.remote(t, func(c *keys.RemoteConfig) { c.Issuer, c.DiscoveryURL, c.KeysURL = issuerURL, inner, "" })
	assert.True(t, has(t, r, "a"))
	assert.Equal(t, []string{inner, keysURL}, s.asked())

	written := make([]string, 1, 4)
	written[0] = "10.1.2.5"
	for name, c := range map[string]struct {
		jwks  string
		hosts []string
		good  bool
	}{
		"another one, with more space":    {"https://10.1.2.5/keys", written, true},
		"the address that the user wrote": {"https://10.1.2.3/keys", nil, true},
		"another one":                     {"https://10.1.2.4/keys", nil, false},
		"another one, listed":             {"https://10.1.2.4/keys", []string{"10.1.2.4"}, true},
		"the host of the issuer":          {"https://10.9.9.9/keys", nil, true},
		"listed in another case":          {"https://LOCALHOST/keys", []string{"LocalHost"}, true},
	} {
		s := newKeyServer("a")
		s.jwksURI = c.jwks
		s.fail(answers(map[string]string{inner: discoveryOf("https://10.9.9.9/realm", c.jwks)}))
		r, _ := s.remote(t, func(k *keys.RemoteConfig) {
			k.Issuer, k.DiscoveryURL, k.KeysURL, k.KeysHosts = "https://10.9.9.9/realm", inner, "", c.hosts
		})
		assert.Equal(t, c.good, r.Health().Usable, "%s: %v", name, r.Health().Err)
	}
	assert.Empty(t, written[1:2][0], "the list of the user is not written to")
}

// TestDiscoveryIsReadAgain on scheduled refreshes alone, and what it said last counts where it fails.
func TestDiscoveryIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, log := s.remote(t, byIssuer)
		s.asked()
		assert.False(t, has(t, r, "made-up"))
		assert.Equal(t, []string{keysURL}, s.asked(), "not for an unknown id")

		refresh := func() {
			time.Sleep(time.Until(r.Health().NextRefresh))
			synctest.Wait()
		}
		refresh()
		assert.Equal(t, []string{oauthForm, openIDForm, appendedForm, keysURL}, s.asked())

		for _, fault := range []string{"500", "hang", "404", "<html>", discoveryOf("https://evil.example", "https://evil.example/keys")} {
			s.fail(answers(map[string]string{appendedForm: fault}))
			s.rotate("a", "b", fault)
			refresh()
			time.Sleep(fetchTimeout)
			synctest.Wait()
			assert.True(t, has(t, r, "b"), "from the last known address")
			assert.True(t, has(t, r, fault))
		}
		text := []string{}
		for _, line := range log.lines() {
			if line != "INFO the keys have changed" {
				text = append(text, line)
			}
		}
		assert.Equal(t, []string{"WARN discovery fails; the last known address of the keys is used"}, text, "said once")

		s.fail(nil)
		s.mu.Lock()
		s.jwksURI = "https://moved.example.net/keys"
		s.mu.Unlock()
		s.rotate("moved")
		refresh()
		assert.True(t, has(t, r, "moved"))
		assert.False(t, has(t, r, "a"))
	})
}

// TestValidatorsStayAtTheirAddress: an ETag of one address says nothing about another.
func TestValidatorsStayAtTheirAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.headers.Set("ETag", `"1"`)
		r, _ := s.remote(t, byIssuer)
		s.mu.Lock()
		s.jwksURI = "https://moved.example.net/keys"
		s.mu.Unlock()
		s.rotate("moved") // with the same ETag
		time.Sleep(time.Until(r.Health().NextRefresh))
		synctest.Wait()
		assert.True(t, has(t, r, "moved"))
	})
}

// FuzzReadDiscovery compares the reader with encoding/json: what it takes is what the document says.
func FuzzReadDiscovery(f *testing.F) {
	f.Add(discoveryOf(issuerURL, keysURL))
	f.Add(`{"issuer":"` + issuerURL + `","jwks_uri":"https://a:b@c/"}`)
	f.Add(`{"issuer":"https://login.example.com\/realms/shop","jwks_uri":"https://[::1]/#"}`)
	f.Add(`{"issuer":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		u, err := keys.ReadDiscovery(text, issuerURL, false)
		if err != nil {
			assert.Nil(t, u)
			return
		}
		var document map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &document))
		assert.Equal(t, issuerURL, document["issuer"])
		assert.Contains(t, []string{"https", "http"}, u.Scheme)
		assert.Nil(t, u.User)
		assert.NotEmpty(t, u.Hostname())
	})
}

func TestUnavailableError(t *testing.T) {
	cause := errors.New("cause")
	err := error(&keys.UnavailableError{RetryAfter: 7 * time.Second, Cause: cause})
	assert.ErrorIs(t, err, keys.ErrUnavailable)
	assert.ErrorIs(t, err, cause)
	assert.NotErrorIs(t, err, keys.ErrUnknownKey)
	assert.EqualError(t, err, keys.ErrUnavailable.Error()+" for the next 7s: cause")
	assert.EqualError(t, new(keys.UnavailableError), keys.ErrUnavailable.Error())
}
