package kong_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/kong"
)

const served = "200 alice " + alice

func TestConsumer(t *testing.T) {
	p := checked(t, join(keyPlugin(nil), aclPlugin(nil)))
	chain, err := core.NewSecurityChain(p)
	require.NoError(t, err)
	ctx, pass := chain.Guard(t.Context(), request(gateway, consumerLines(keyID, "X-Consumer-Groups: staff, ops")...), &coretest.Recorder{})
	require.True(t, pass)
	auth, _ := core.AuthFrom(ctx)
	assert.Equal(t, alice, auth.UserID())
	assert.Equal(t, alice, auth.Subject())
	assert.Equal(t, "alice", auth.Username())
	assert.Equal(t, []string{"staff", "ops"}, auth.Roles())
	var claims struct {
		Custom     string `json:"custom_id"`
		Credential string `json:"credential_identifier"`
	}
	require.NoError(t, auth.Claims(&claims))
	assert.Equal(t, "a-17", claims.Custom)
	assert.Equal(t, keyID, claims.Credential)
}

// TestHeaders sends headers over a connection of the gateway, whose registration has key-auth and acl.
func TestHeaders(t *testing.T) {
	const malformed, duplicate = "400 malformed_credential", "400 duplicate_credential"
	all := func(more ...string) []string {
		return consumerLines(keyID, append(more, "X-Consumer-Groups: staff")...)
	}
	set := func(name, value string) []string { return append(without(name, all()), name+": "+value) }
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"all":                           {all(), served},
		"no custom id":                  {without("X-Consumer-Custom-ID", all()), served},
		"no username":                   {without("X-Consumer-Username", all()), "200  " + alice},
		"no headers":                    {nil, "401 no_credential"},
		"groups alone":                  {[]string{"X-Consumer-Groups: staff"}, "401 no_credential"},
		"anonymous":                     {append(without("X-Credential-Identifier", all()), "X-Anonymous-Consumer: true"), "401 no_credential"},
		"anonymous, another value":      {append(without("X-Credential-Identifier", all()), "X-Anonymous-Consumer: false"), "401 no_credential"},
		"anonymous, empty":              {append(without("X-Credential-Identifier", all()), "X-Anonymous-Consumer:"), "401 no_credential"},
		"anonymous, the mark alone":     {[]string{"X-Anonymous-Consumer: true"}, "401 no_credential"},
		"anonymous, twice":              {append(without("X-Credential-Identifier", all()), "X-Anonymous-Consumer: true", "X-Anonymous-Consumer: true"), duplicate},
		"anonymous with a credential":   {all("X-Anonymous-Consumer: true"), malformed},
		"anonymous, the mark removed":   {without("X-Credential-Identifier", all()), malformed},
		"no id":                         {without("X-Consumer-ID", all()), malformed},
		"an empty id":                   {set("X-Consumer-ID", ""), malformed},
		"an empty identifier":           {set("X-Credential-Identifier", " "), malformed},
		"an id that is a name":          {set("X-Consumer-ID", "alice"), malformed},
		"an id with another dash":       {set("X-Consumer-ID", strings.Replace(alice, "-", "+", 1)), malformed},
		"an id with another digit":      {set("X-Consumer-ID", "g"+alice[1:]), malformed},
		"an id that is too long":        {set("X-Consumer-ID", alice+"0"), malformed},
		"two ids in one field":          {set("X-Consumer-ID", alice+", "+keyID), malformed},
		"an id in upper case":           {set("X-Consumer-ID", strings.ToUpper(alice)), "200 alice " + strings.ToUpper(alice)},
		"the id twice":                  {all("X-Consumer-ID: " + alice), duplicate},
		"the id twice, in another case": {all("x-consumer-id: " + keyID), duplicate},
		"the username twice":            {all("X-Consumer-Username: root"), duplicate},
		"the custom id twice":           {all("X-Consumer-Custom-ID: root"), duplicate},
		"the identifier twice":          {all("X-Credential-Identifier: root"), duplicate},
		"groups twice":                  {all("X-Consumer-Groups: staff", "X-Consumer-Groups: admin"), duplicate},
		"a username with a comma":       {set("X-Consumer-Username", "alice, root"), "200 alice, root " + alice},
		"a username in UTF-8":           {set("X-Consumer-Username", "Žana"), "200 Žana " + alice},
		"a username in Latin-1":         {set("X-Consumer-Username", "\x8eana"), malformed},
		"a username with a tab":         {set("X-Consumer-Username", "al\tice"), malformed},
		"a username with a NUL":         {set("X-Consumer-Username", "al\x00ice"), malformed},
		"a username from right to left": {set("X-Consumer-Username", "al\u202eice"), malformed},
		"a username of 4097 bytes":      {set("X-Consumer-Username", strings.Repeat("a", 4097)), malformed},
		"a custom id with a DEL":        {set("X-Consumer-Custom-ID", "a\x7f"), malformed},
		"groups with an escape":         {set("X-Consumer-Groups", "staff\x1b[2J"), malformed},
		"names with an underscore":      {[]string{"X_Consumer_ID: " + alice, "X_Consumer_Username: root", "X_Credential_Identifier: " + keyID}, "401 no_credential"},
		"and beside the others":         {all("X_Consumer_ID: "+keyID, "X_Consumer_Username: root", "X_Anonymous_Consumer: true"), served},
		"authenticated groups alone":    {[]string{"X-Authenticated-Groups: admin"}, "401 no_credential"},
		"the user of oauth2 alone":      {[]string{"X-Authenticated-Userid: root", "X-Authenticated-Scope: all"}, "401 no_credential"},
		"the former identifier":         {append(without("X-Credential-Identifier", all()), "X-Credential-Username: root"), malformed},
		"the names of other gateways":   {[]string{"X-User-Id: root", "X-Forwarded-User: root", "Remote-User: root"}, "401 no_credential"},
	} {
		t.Run(name, func(t *testing.T) {
			p := checked(t, join(keyPlugin(nil), aclPlugin(nil)))
			assert.Equal(t, c.want, ask(t, request(gateway, c.lines...), p))
		})
	}
}

func TestAnonymousUnderOptional(t *testing.T) {
	p := checked(t, keyPlugin(nil))
	lines := append(without("X-Credential-Identifier", consumerLines(keyID)), "X-Anonymous-Consumer: true")
	assert.Equal(t, "200 anonymous", ask(t, request(gateway, lines...), p, core.Optional()))
	assert.Equal(t, "401 no_credential", ask(t, request(gateway, append(lines, bearer("x"))...), p, core.Optional()), "a token that nobody takes up")
}

// TestGroups tells the groups of acl from other headers.
func TestGroups(t *testing.T) {
	for name, c := range map[string]struct {
		registration plugins
		line         string
		want         []string
	}{
		"two":                    {join(keyPlugin(nil), aclPlugin(nil)), "X-Consumer-Groups: staff, ops", []string{"staff", "ops"}},
		"none":                   {join(keyPlugin(nil), aclPlugin(nil)), "X-Consumer-Groups:", nil},
		"empty ones":             {join(keyPlugin(nil), aclPlugin(nil)), "X-Consumer-Groups: , staff,,", []string{"staff"}},
		"without acl":            {keyPlugin(nil), "X-Consumer-Groups: admin", nil},
		"without acl, not UTF-8": {keyPlugin(nil), "X-Consumer-Groups: \xff", nil},
	} {
		t.Run(name, func(t *testing.T) {
			chain, err := core.NewSecurityChain(checked(t, c.registration))
			require.NoError(t, err)
			ctx, pass := chain.Guard(t.Context(), request(gateway, consumerLines(keyID, c.line)...), &coretest.Recorder{})
			require.True(t, pass)
			auth, _ := core.AuthFrom(ctx)
			assert.Equal(t, c.want, auth.Roles())
		})
	}
}

// TestRemovedGroups has a consumer whose groups have not arrived. The acl plugin sends them always, so a client has named the header
// in Connection, to escape a policy that denies one of its groups.
func TestRemovedGroups(t *testing.T) {
	for name, line := range map[string]string{
		"nothing":                 "X-Other: staff",
		"authenticated groups":    "X-Authenticated-Groups: admin",
		"with an underscore":      "X_Consumer_Groups: admin",
		"as a role of the client": "X-Consumer-Roles: admin",
	} {
		p := checked(t, join(keyPlugin(nil), aclPlugin(nil)))
		assert.Equal(t, "400 malformed_credential", ask(t, request(gateway, consumerLines(keyID, line)...), p), name)
	}
}

// TestToken sends a token beside the headers.
func TestToken(t *testing.T) {
	const mismatch, malformed = "401 credential_mismatch", "400 malformed_credential"
	header, claim := `{"alg":"HS256"}`, `{"iss":"iss-a"}`
	authorization := func(scheme, header, payload string) string {
		return "Authorization: " + scheme + token(header, payload)
	}
	either := join(jwtPlugin(nil), keyPlugin(nil))
	for name, c := range map[string]struct {
		registration plugins
		identifier   string
		line         string
		want         string
	}{
		"that of the plugin":           {jwtPlugin(nil), "iss-a", bearer("iss-a"), served},
		"lower case":                   {jwtPlugin(nil), "iss-a", authorization("bearer ", header, claim), served},
		"none":                         {jwtPlugin(nil), "iss-a", "X-Other: x", served},
		"of another issuer":            {jwtPlugin(nil), "iss-a", bearer("iss-b"), mismatch},
		"of a longer issuer":           {jwtPlugin(nil), "iss-a", bearer("iss-a "), mismatch},
		"without the claim":            {jwtPlugin(nil), "iss-a", authorization("Bearer ", header, `{"sub":"iss-a"}`), mismatch},
		"the claim in the header":      {jwtPlugin(nil), "iss-a", authorization("Bearer ", `{"alg":"HS256","iss":"iss-a"}`, `{}`), served},
		"the claim before the header":  {jwtPlugin(nil), "iss-a", authorization("Bearer ", `{"alg":"HS256","iss":"iss-a"}`, `{"iss":"iss-b"}`), mismatch},
		"the claim twice":              {jwtPlugin(nil), "iss-a", authorization("Bearer ", header, `{"iss":"iss-b","iss":"iss-a"}`), mismatch},
		"the claim escaped":            {jwtPlugin(nil), "iss-a", authorization("Bearer ", header, `{"\u0069ss":"iss-a"}`), served},
		"the claim in upper case":      {jwtPlugin(nil), "iss-a", authorization("Bearer ", header, `{"ISS":"iss-a"}`), mismatch},
		"the claim is a number":        {jwtPlugin(nil), "1", authorization("Bearer ", header, `{"iss":1}`), mismatch},
		"the claim is a list":          {jwtPlugin(nil), "iss-a", authorization("Bearer ", header, `{"iss":["iss-a"]}`), mismatch},
		"the claim is null":            {jwtPlugin(nil), "iss-a", authorization("Bearer ", `{"iss":"iss-a"}`, `{"iss":null}`), mismatch},
		"not JSON":                     {jwtPlugin(nil), "iss-a", authorization("Bearer ", `{"iss":"iss-a"}`, `{"iss":`), mismatch},
		"not base64url":                {jwtPlugin(nil), "iss-a", "Authorization: Bearer a.!.b", mismatch},
		"opaque":                       {jwtPlugin(nil), "iss-a", "Authorization: Bearer iss-a", mismatch},
		"too long":                     {jwtPlugin(nil), "iss-a", authorization("Bearer ", header, `{"iss":"iss-a","p":"`+strings.Repeat("p", 16<<10)+`"}`), mismatch},
		"another scheme in upper case": {jwtPlugin(nil), "iss-a", authorization("BEARER ", header, claim), mismatch},
		"mixed case":                   {jwtPlugin(nil), "iss-a", authorization("beaRer ", header, claim), mismatch},
		"a tab":                        {jwtPlugin(nil), "iss-a", authorization("Bearer\t", header, claim), malformed},
		"two spaces":                   {jwtPlugin(nil), "iss-a", authorization("Bearer  ", header, claim), malformed},
		"two tokens":                   {jwtPlugin(nil), "iss-a", bearer("iss-a") + " x", malformed},
		"no token":                     {jwtPlugin(nil), "iss-a", "Authorization: Bearer", malformed},
		"Basic":                        {keyPlugin(nil), keyID, "Authorization: Basic YTpi", served},
		"beside an API key":            {keyPlugin(nil), keyID, bearer(keyID), mismatch},
		"a claim without a name":       {keyPlugin(nil), keyID, authorization("Bearer ", header, `{"":"`+keyID+`"}`), mismatch},
		"beside a user name":           {plugins{"basic-auth": nil}, "iss-a", bearer("iss-a"), mismatch},
		"a user name, and a claim without a name": {plugins{"basic-auth": nil}, "iss-a", authorization("Bearer ", header, `{"":"iss-a"}`), mismatch},
		"another claim":                 {jwtPlugin(map[string]any{"key_claim_name": "client"}), "c-1", authorization("Bearer ", header, `{"client":"c-1"}`), served},
		"the issuer, not the claim":     {jwtPlugin(map[string]any{"key_claim_name": "client"}), "iss-a", bearer("iss-a"), mismatch},
		"either: the token":             {either, "iss-a", bearer("iss-a"), served},
		"either: the API key":           {either, keyID, "X-Other: x", served},
		"either: a token for the key":   {either, keyID, bearer(keyID), mismatch},
		"either: the API key and token": {either, keyID, bearer("iss-a"), mismatch},
	} {
		t.Run(name, func(t *testing.T) {
			p := checked(t, c.registration)
			assert.Equal(t, c.want, ask(t, request(gateway, consumerLines(c.identifier, c.line)...), p))
		})
	}
}

// TestBesideJWT has a chain with a provider of tokens in front, and behind.
func TestBesideJWT(t *testing.T) {
	issuer := coretest.NewIssuer("Microkubes")
	tokens := func() core.Authenticator {
		key, err := keys.Public("", issuer.PublicKey())
		require.NoError(t, err)
		store, err := keys.Static(key)
		require.NoError(t, err)
		return jwt.New(store, jwt.Microkubes("Microkubes"))
	}
	good := "Authorization: Bearer " + issuer.Microkubes(coretest.Claims{"username": "ann", "userId": "ann-1"})
	forged := "Authorization: Bearer " + coretest.Forge(issuer.Microkubes(nil), coretest.Claims{"iss": "Microkubes", "username": "root"})
	for name, c := range map[string]struct {
		lines         []string
		front, behind string
	}{
		"a token":                             {[]string{good}, "200 ann ann-1", "200 ann ann-1"},
		"a forged token":                      {[]string{forged}, "401 bad_signature", "401 bad_signature"},
		"an API key":                          {consumerLines(keyID), served, served},
		"a token and an API key":              {consumerLines(keyID, good), "200 ann ann-1", "401 credential_mismatch"},
		"a forged token and an API key":       {consumerLines(keyID, forged), "401 bad_signature", "401 credential_mismatch"},
		"a token of others, and an API key":   {consumerLines(keyID, bearer("other")), "401 credential_mismatch", "401 credential_mismatch"},
		"the token that the gateway has":      {consumerLines("iss-a", bearer("iss-a")), served, served},
		"a forged one of its issuer":          {consumerLines("Microkubes", forged), "401 bad_signature", served},
		"the gateway's anonymous and a token": {[]string{"X-Anonymous-Consumer: true", good}, "200 ann ann-1", "200 ann ann-1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := checked(t, join(jwtPlugin(nil), keyPlugin(nil)))
			assert.Equal(t, c.front, ask(t, request(gateway, c.lines...), tokens(), p))
			assert.Equal(t, c.behind, ask(t, request(gateway, c.lines...), p, tokens()))
		})
	}
}

// TestUnchecked refuses every request before the registration has been checked, and after a check has failed.
func TestUnchecked(t *testing.T) {
	p := kong.New(kong.Config{Peers: []string{"10.0.1.7"}})
	for name, lines := range map[string][]string{"headers": consumerLines(keyID), "none": nil, "a token": {bearer("x")}} {
		assert.Equal(t, "503 registration_unchecked", ask(t, request(gateway, lines...), p), name)
		assert.Equal(t, "503 registration_unchecked", ask(t, request(gateway, lines...), p, core.Optional()), name)
	}
	require.NoError(t, p.CheckRegistration(keyPlugin(nil)))
	assert.Equal(t, served, ask(t, request(gateway, consumerLines(keyID)...), p))
	require.Error(t, p.CheckRegistration(nil), "another registration of the service")
	assert.Equal(t, "503 registration_unchecked", ask(t, request(gateway, consumerLines(keyID)...), p))
	require.ErrorContains(t, p.CheckRegistration(keyPlugin(nil)), "was refused before, and the provider stays closed until the service "+
		"starts with another registration: the registration has none of the plugins")
	assert.Equal(t, "503 registration_unchecked", ask(t, request(gateway, consumerLines(keyID)...), p))
}

// TestUncheckedSaysWhatToCall: the log is all that an operator sees of a service that answers each request with 503.
func TestUncheckedSaysWhatToCall(t *testing.T) {
	var log bytes.Buffer
	chain, err := core.NewSecurityChain(kong.New(kong.Config{Peers: []string{"10.0.1.7"}}))
	require.NoError(t, err)
	chain.WithLogger(slog.New(slog.NewTextHandler(&log, nil))).Guard(t.Context(), request(gateway), new(coretest.Recorder))
	assert.Contains(t, log.String(), `hint="call CheckRegistration when the gateway has loaded the plugins, and look for its error"`)
}

func TestTwoProvidersOverlap(t *testing.T) {
	_, err := core.NewSecurityChain(checked(t, keyPlugin(nil)), checked(t, keyPlugin(nil)))
	assert.ErrorContains(t, err, "both own")
}

func TestEnriched(t *testing.T) {
	p := core.Enrich(checked(t, keyPlugin(nil)), func(_ context.Context, auth *core.Auth) (*core.Auth, error) {
		data := auth.Data()
		data.Username = "Dr. " + data.Username
		return core.NewAuth(data), nil
	})
	assert.Equal(t, "200 Dr. alice "+alice, ask(t, request(gateway, consumerLines(keyID)...), p))
}
