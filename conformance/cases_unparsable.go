package conformance

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// canary is the credential that must not come back. No server has eight consecutive bytes of it in its own texts.
const canary = "zq7Xw4Kp9Vb2Jf6Ng8Ty"

// leakLength is the number of consecutive bytes of a credential that an answer must not have.
const leakLength = 8

// unparsable returns requests with a credential that no server can parse, or that servers parse in different ways, by name.
// target and host are those of a good request.
func unparsable(target, host string) map[string]string {
	line := "GET " + target + " HTTP/1.1\r\n"
	name := "Host: " + host + "\r\n"
	token := "Authorization: Bearer " + canary + "\r\n"
	cookie := "Cookie: a=b; token=" + canary + "\r\n"
	long := "X-Long: " + strings.Repeat(canary, 60_000) + "\r\n"
	post := "POST " + target + " HTTP/1.1\r\n" + name + token + cookie
	return map[string]string{
		"a control byte in the value":     line + name + "Authorization: Bearer " + canary + "\x01\r\n" + cookie + "\r\n",
		"a control byte before the value": line + name + "Authorization: \x1bBearer " + canary + "\r\n\r\n",
		"DEL in the value":                line + name + "Authorization: Bearer " + canary + "\x7f" + canary + "\r\n\r\n",
		"NUL in the value":                line + name + "Authorization: Bearer " + canary + "\x00" + canary + "\r\n\r\n",
		"CR in the value":                 line + name + "Authorization: Bearer " + canary + "\r" + canary + "\r\n\r\n",
		"NUL in the cookie":               line + name + token + "Cookie: token=" + canary + "\x00\r\n\r\n",
		"a space before the colon":        line + name + "Authorization : Bearer " + canary + "\r\n" + cookie + "\r\n",
		"a tab before the colon":          line + name + "Authorization\t: Bearer " + canary + "\r\n\r\n",
		"a space before the name":         line + " Authorization: Bearer " + canary + "\r\n" + name + "\r\n",
		"a folded line":                   line + name + "Authorization: Bearer\r\n " + canary + "\r\n\r\n",
		"a line folded with a tab":        line + name + "Cookie: a=b;\r\n\ttoken=" + canary + "\r\n" + token + "\r\n",
		"a line without a colon":          line + name + "Authorization Bearer " + canary + "\r\n" + cookie + "\r\n",
		"a line without a name":           line + name + ": Bearer " + canary + "\r\n\r\n",
		"a credential for a name":         line + name + canary + "\x01: x\r\n\r\n",
		"a broken line after it":          line + name + token + cookie + "broken\r\n\r\n",
		"a broken line before it":         line + name + "bro ken: x\r\n" + token + cookie + "\r\n",
		"no blank line":                   line + name + token + cookie,
		"half a line":                     line + name + "Authorization: Bearer " + canary,
		"no version":                      "GET " + target + "\r\n" + name + token + cookie + "\r\n",
		"another version":                 "GET " + target + " HTTP/9.9\r\n" + name + token + cookie + "\r\n",
		"no protocol":                     "GET " + target + " " + canary + "\r\n" + name + token + "\r\n",
		"a credential for a request line": canary + "\r\n" + name + token + "\r\n",
		"a field for a request line":      token + line + name + cookie + "\r\n",
		"a space in the target":           "GET " + target + " " + canary + " HTTP/1.1\r\n" + name + token + "\r\n",
		"a control byte in the target":    "GET " + target + "\x01?token=" + canary + " HTTP/1.1\r\n" + name + token + "\r\n",
		"a broken escape in the target":   "GET " + target + "%zz?token=" + canary + " HTTP/1.1\r\n" + name + token + "\r\n",
		"a broken method":                 "G(ET " + target + " HTTP/1.1\r\n" + name + token + cookie + "\r\n",
		"no host":                         line + token + cookie + "\r\n",
		"two hosts":                       line + name + "Host: " + canary + "\r\n" + token + "\r\n",
		"a credential for a host":         line + "Host: " + canary + "\x01 x\r\n" + token + "\r\n",
		"a broken length":                 post + "Content-Length: " + canary + "\r\n\r\n",
		"two lengths":                     post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"an unknown transfer encoding":    post + "Transfer-Encoding: " + canary + "\r\n\r\n",
		"a broken chunk":                  post + chunked + "\r\n\r\n" + canary + "\r\nabc\r\n0\r\n\r\n",
		"a chunk that is too short":       post + chunked + "\r\n\r\n1\r\n" + canary + "\r\n0\r\n\r\n",
		"a broken trailer":                post + chunked + "\r\n\r\n1\r\na\r\n0\r\nCookie : " + canary + "\x01\r\n\r\n",
		"an unknown expectation":          post + "Expect: " + canary + "\r\n\r\n",
		"more headers than servers read":  line + name + token + long + cookie + "\r\n",
	}
}

// unparsableCase sends requests that no server can parse. The answer may be anything that does not repeat the credential.
func unparsableCase() Case {
	return Case{
		Name: "credentials/not-sent-back", Page: pagePromises,
		Rule: "An answer to a request that the server cannot parse holds no 8 consecutive bytes of a credential.",
		app:  unparsableApp,
		try: func(w *witness) error {
			errs := []error{w.expect(step{get("/x", bearer("user:ann")), servedTo("ann")})}
			good := w.at.outgoing(get("/x"))
			all := unparsable(good.target, cmp.Or(good.host, "suite.test"))
			for _, name := range slices.Sorted(maps.Keys(all)) {
				if err := w.sentBack(all[name]); err != nil {
					errs = append(errs, fmt.Errorf("%s: %w", name, err))
				}
			}
			return errors.Join(errs...)
		},
	}
}

// unparsableApp has a chain in front of the application, so that requests that a server parses after all are refused.
func unparsableApp(w *witness) App {
	return App{Chain: chain(tokens), Routes: []Route{
		{Method: "GET", Path: "/x", Guard: Bare, Handle: w.handle}, {Method: "POST", Path: "/x", Guard: Bare, Handle: w.handle},
	}}
}

// Fuzz is the fuzz test of an adapter. It sends raw bytes around a credential to the adapter's server, and fails if the answer
// repeats a part of the credential, as the case credentials/not-sent-back does. The requests of that case are the seeds.
func Fuzz(f *testing.F, h Harness) {
	f.Helper()
	require.NoError(f, h.ready(f.Context()))
	addr, stop, err := h.serve(f.Context(), unparsableApp(&witness{}))
	require.NoError(f, err)
	f.Cleanup(stop)
	for _, raw := range unparsable("/x", "suite.test") {
		before, after, _ := strings.Cut(raw, canary)
		f.Add([]byte(before), []byte(after))
	}
	f.Fuzz(func(t *testing.T, before, after []byte) {
		w := &witness{ctx: t.Context(), at: inProcess{addr: addr}, patience: h.timeout()}
		require.NoError(t, w.sentBack(string(before)+canary+string(after)))
	})
}

// sentBack sends raw bytes, and returns an error if the answer repeats a part of the canary.
func (w *witness) sentBack(raw string) error {
	answer, _, err := w.exchange(raw)
	if err != nil {
		return err
	}
	if repeats(withoutRedirects(answer), canary) {
		return fmt.Errorf("sent   %q\ngot    %q\nso     the answer repeats a part of the credential",
			clip(raw), clip(string(answer)))
	}
	return nil
}

// withoutRedirects leaves out redirects, which repeat the target by design. A request that is redirected was parsed.
func withoutRedirects(answers []byte) (kept []byte) {
	source := bytes.NewReader(answers)
	in := bufio.NewReader(source)
	for at := 0; at < len(answers); {
		res, err := http.ReadResponse(in, nil)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
		end := len(answers) - source.Len() - in.Buffered()
		if err != nil {
			return append(kept, answers[at:]...)
		}
		if res.StatusCode/100 != 3 {
			kept = append(kept, answers[at:end]...)
		}
		at = end
	}
	return kept
}

func clip(s string) string { return s[:min(len(s), 300)] }
