package kong_test

import (
	"log/slog"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// A decision is what the model says of a request: the status, and the identity if the request is served with one.
type decision struct {
	status                               int
	id, name, custom, credential, groups string
}

// model decides on a request by the package documentation, without the code of the provider. peer reports whether the connection is
// the gateway's, jwt and keyAuth which plugins the registration has beside acl, if groups is set.
func model(lines []string, peer, jwt, keyAuth, groups bool) decision {
	values := map[string][]string{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		values[strings.ToLower(name)] = append(values[strings.ToLower(name)], strings.Trim(value, " \t"))
	}
	identity := []string{"x-consumer-id", "x-consumer-username", "x-consumer-custom-id", "x-credential-identifier"}
	sent := len(values["x-anonymous-consumer"])
	for _, name := range identity {
		sent += len(values[name])
	}
	if sent == 0 || !peer {
		return decision{status: 401}
	}
	mark := len(values["x-anonymous-consumer"]) > 0
	read := identity
	if groups && !mark {
		read = append(read[:4:4], "x-consumer-groups")
	}
	got := map[string]string{}
	for _, name := range read {
		if len(values[name]) == 1 {
			got[name] = values[name][0]
		}
		printable := !strings.ContainsFunc(got[name], func(r rune) bool { return !unicode.IsPrint(r) })
		if len(values[name]) > 1 || len(got[name]) > 4096 || !printable || !utf8.ValidString(got[name]) {
			return decision{status: 400}
		}
	}
	id, credential := got["x-consumer-id"], got["x-credential-identifier"]
	switch {
	case len(values["x-anonymous-consumer"]) > 1 || mark && credential != "":
		return decision{status: 400}
	case mark:
		return decision{status: 401}
	case !uuid.MatchString(id) || credential == "" || groups && len(values["x-consumer-groups"]) != 1:
		return decision{status: 400}
	}
	if authorization := values["authorization"]; len(authorization) == 1 && strings.HasPrefix(strings.ToLower(authorization[0]), "bearer ") {
		verified := jwt && (authorization[0] == bearerOf(credential) || authorization[0] == "b"+bearerOf(credential)[1:])
		if !verified || keyAuth && uuid.MatchString(credential) {
			return decision{status: 401}
		}
	}
	var all []string
	for group := range strings.SplitSeq(got["x-consumer-groups"], ",") {
		if group = strings.Trim(group, " "); group != "" {
			all = append(all, group)
		}
	}
	return decision{status: 200, id: id, name: got["x-consumer-username"], custom: got["x-consumer-custom-id"],
		credential: credential, groups: strings.Join(all, "|")}
}

// bearerOf returns the value of Authorization with a token of an issuer.
func bearerOf(issuer string) string { return strings.TrimPrefix(bearer(issuer), "Authorization: ") }

// TestModel compares the provider with the model for 20,000 requests of random headers, from a fixed seed.
func TestModel(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 28))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	odd := []string{"", " ", "true", "false", "1", alice, strings.ToUpper(alice), alice + ", " + keyID, keyID, "iss-a", "Žana", "\xff", "a\tb",
		"a,b", "a\u202eb", strings.Repeat("a", 4096), strings.Repeat("a", 4097), "\u00a0", "{" + alice + "}", "staff, ops,,"}
	registrations := []plugins{jwtPlugin(nil), keyPlugin(nil), join(jwtPlugin(nil), keyPlugin(nil)), {"basic-auth": nil}}
	outcomes := map[int]int{}
	for range 20_000 {
		credential := pick("iss-a", keyID)
		lines := consumerLines(credential, "X-Consumer-Groups: "+pick("", "staff", "staff, ops"))
		if random.IntN(2) == 0 {
			lines = append(lines, "Authorization: "+pick(bearerOf(credential), "bearer"+bearerOf(credential)[6:], bearerOf("iss-b"),
				bearerOf(keyID), "BEARER"+bearerOf(credential)[6:], "Basic YTpi"))
		}
		for range random.IntN(3) {
			switch name := pick("X-Consumer-ID", "x-consumer-username", "X-Consumer-Custom-Id", "X-Credential-Identifier",
				"X-Anonymous-Consumer", "X-Consumer-Groups", "X_Consumer_ID", "X_Anonymous_Consumer", "X-Forwarded-For",
				"X-Authenticated-Groups"); random.IntN(3) {
			case 0:
				lines = without(name, lines)
			case 1:
				lines = append(without(name, lines), name+": "+pick(odd...))
			default:
				lines = append(lines, name+": "+pick(odd...))
			}
		}
		if random.IntN(8) == 0 {
			lines = append(without("X-Credential-Identifier", lines), "X-Anonymous-Consumer: "+pick(odd...))
		}
		base := registrations[random.IntN(len(registrations))]
		registration := base
		groups := random.IntN(2) == 0
		if groups {
			registration = join(base, aclPlugin(nil))
		}
		peer := pick(gateway, gateway, "[::ffff:10.0.1.7]:9", "10.0.2.7:9", "[::1]:9", "10.0.1.7", "[::ffff:10.0.1.7%eth0]:9")
		_, jwt := base["jwt"]
		_, keyAuth := base["key-auth"]
		want := model(lines, peer == gateway || peer == "[::ffff:10.0.1.7]:9", jwt, keyAuth, groups)
		got := decide(t, request(peer, lines...), checked(t, registration))
		if !assert.Equal(t, want, got, "%q from %s, registration %v", lines, peer, registration) {
			return
		}
		outcomes[got.status]++
	}
	for _, status := range []int{200, 400, 401} {
		assert.Greater(t, outcomes[status], 1000, "requests answered with %d", status)
	}
}

// decide returns the decision of a chain with the provider.
func decide(t *testing.T, req core.Request, p core.Provider) decision {
	chain, err := core.NewSecurityChain(p)
	assert.NoError(t, err)
	var res coretest.Recorder
	ctx, pass := chain.WithLogger(slog.New(slog.DiscardHandler)).Guard(t.Context(), req, &res)
	if !pass {
		return decision{status: res.Status}
	}
	auth, _ := core.AuthFrom(ctx)
	var claims map[string]string
	assert.NoError(t, auth.Claims(&claims))
	return decision{status: 200, id: auth.UserID(), name: auth.Username(), custom: claims["custom_id"],
		credential: claims["credential_identifier"], groups: strings.Join(auth.Roles(), "|")}
}
