package kongtest_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// recordedIdentity is what a real gateway did with requests whose clients name a consumer themselves. Ids are written as names
// in angle brackets.
type recordedIdentity struct {
	Forged   []string // header lines of every request
	Services map[string][]map[string]any
	Cases    []struct {
		Method, Target string
		Lines          []string // more header lines
		Status         int
		Message        any
		Challenge      string
		Received       []string // the header lines that the service got, sorted
		Forwarded      string   // the target that the service got
	}
}

const aliceID, guestID = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"

func identityConsumers() []kongtest.Consumer {
	return []kongtest.Consumer{
		{ID: aliceID, Username: "alice", CustomID: "a-17", Groups: []string{"ops, admin", "staff"}, Keys: []string{"ka"},
			Secrets: map[string]string{"iss-a": "sa"}, Passwords: map[string]string{"al": "pw"},
			Tokens: map[string]string{"AT-oauth": "cid", "AT-oauth-hide": "cid"}},
		{ID: "33333333-3333-4333-8333-333333333333", Username: "bob", Keys: []string{"kb"}},
		{ID: "44444444-4444-4444-8444-444444444444", CustomID: "c-only", Keys: []string{"kc"}},
		{ID: "55555555-5555-4555-8555-555555555555", Username: "žena, x", Keys: []string{"kz"}},
		{ID: guestID, Username: "guest", CustomID: "anon-1", Groups: []string{"visitors"}},
		{ID: "66666666-6666-4666-8666-666666666666", Username: "lone"},
	}
}

// TestIdentityHeaders compares the headers that a service gets, and the refusals, with those of real gateways.
func TestIdentityHeaders(t *testing.T) {
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			text, err := os.ReadFile("testdata/identity-" + version + ".json")
			require.NoError(t, err)
			var recorded recordedIdentity
			require.NoError(t, json.Unmarshal(text, &recorded))
			require.NotEmpty(t, recorded.Cases)
			gateway := kongtest.Start(kongtest.Config{Version: version, Consumers: identityConsumers()})
			defer gateway.Close()
			service := startEcho(t)
			for name, plugins := range recorded.Services {
				postJSON(t, gateway, "/services", map[string]any{"name": name, "url": service})
				postJSON(t, gateway, "/services/"+name+"/routes", map[string]any{"name": name, "paths": []string{"/" + name}})
				for _, plugin := range plugins {
					where := "/services/" + name
					if plugin["scope"] == "route" {
						where = "/routes/" + name
					}
					delete(plugin, "scope")
					postJSON(t, gateway, where+"/plugins", plugin)
				}
			}
			for _, c := range recorded.Cases {
				what := c.Method + " " + c.Target + " " + strings.Join(c.Lines[:min(len(c.Lines), 2)], " | ")
				response, body := sendRaw(t, gateway, c.Method, c.Target, append(slices.Clone(recorded.Forged), c.Lines...))
				if !assert.Equal(t, c.Status, response.StatusCode, what) {
					continue
				}
				if c.Status != http.StatusOK {
					assert.Equal(t, c.Message, messageOf(body), what)
					assert.Equal(t, c.Challenge, response.Header.Get("WWW-Authenticate"), what)
					continue
				}
				var got echoed
				require.NoError(t, json.Unmarshal(body, &got), what)
				for i, line := range c.Received {
					c.Received[i] = anyKey.Replace(line)
				}
				assert.Equal(t, c.Received, identityLines(got.Header), what)
				assert.Equal(t, strings.TrimSuffix(c.Forwarded, "?"), strings.TrimSuffix(got.Target, "?"), what)
			}
		})
	}
}

// anyKey replaces the names of credentials of key-auth, whose ids kongtest chooses.
var anyKey = strings.NewReplacer("<ka>", "<key>", "<kb>", "<key>", "<kc>", "<key>", "<kz>", "<key>")

type echoed struct {
	Target string
	Header http.Header
}

func startEcho(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(echoed{r.RequestURI, r.Header})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func postJSON(t *testing.T, gateway *kongtest.Gateway, path string, body map[string]any) {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	response, err := http.Post(gateway.AdminURL()+path, "application/json", strings.NewReader(string(text)))
	require.NoError(t, err)
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	require.Equal(t, http.StatusCreated, response.StatusCode, "%s: %s", path, answer)
}

// sendRaw sends header lines as they are, in their order and with repetitions.
func sendRaw(t *testing.T, gateway *kongtest.Gateway, method, target string, lines []string) (*http.Response, []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(gateway.ProxyURL(), "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "Connection:") }) {
		lines = append(lines, "Connection: close")
	}
	head := method + " " + target + " HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
	_, err = io.WriteString(conn, head)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, body
}

func messageOf(body []byte) any {
	var answer map[string]any
	_ = json.Unmarshal(body, &answer)
	if answer["message"] != nil {
		return answer["message"]
	}
	return answer["error_description"]
}

// identityNames are the names of the consumers in the recordings, by id.
var identityNames = map[string]string{
	aliceID: "<alice>", guestID: "<guest>", "33333333-3333-4333-8333-333333333333": "<bob>", "44444444-4444-4444-8444-444444444444": "<c>",
	"55555555-5555-4555-8555-555555555555": "<z>", "66666666-6666-4666-8666-666666666666": "<lone>",
}

// identityLines returns the header lines that name a consumer or have a credential, as the recordings have them.
func identityLines(header http.Header) []string {
	var lines []string
	for name, values := range header {
		low := strings.ToLower(name)
		if !slices.ContainsFunc([]string{"x-consumer", "x-cred", "x-anon", "x-auth", "authorization", "apikey"},
			func(prefix string) bool { return strings.HasPrefix(low, prefix) }) {
			continue
		}
		for _, value := range values {
			if known, ok := identityNames[value]; ok {
				value = known
			}
			if low == "x-credential-identifier" && len(value) == len(aliceID) {
				value = "<key>"
			}
			lines = append(lines, low+": "+value)
		}
	}
	slices.Sort(lines)
	return lines
}
