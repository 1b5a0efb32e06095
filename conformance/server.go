package conformance

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Servers refuse some requests themselves, before any handler, each with an answer of its own. The suite accepts any answer that
// is a refusal, repeats nothing of a credential, and has nothing of a refusal of the chain. No handler may have run, and no
// Observer may have been told.

// fromChain reports whether an answer has a header that a refusal of the chain has and those of servers do not have.
func (a *answer) fromChain() bool {
	return a.header.Get("Cache-Control") != "" || a.header.Get("Www-Authenticate") != ""
}

// notRefused says why an answer is not a server's own refusal of r, or redirect. It returns "" if the answer is one.
func (a *answer) notRefused(runs []string, r request) string {
	switch {
	case len(runs) > 0:
		return "the handler ran"
	case r.method == http.MethodOptions && r.target == "*" && a.status == http.StatusOK && a.body == "":
		return "" // about the server as a whole (RFC 9110, section 9.3.7)
	case a.status < 300:
		return "the answer is neither a refusal nor a redirect"
	}
	var whole bytes.Buffer
	_ = a.header.Write(&whole)
	whole.WriteString(a.body)
	for _, line := range r.headers {
		name, value, _ := strings.Cut(line, ": ")
		if name != "Authorization" && name != "Cookie" {
			continue
		}
		if repeats(whole.String(), strings.TrimPrefix(value, "Bearer ")) {
			return "the answer repeats a part of the credential"
		}
	}
	return ""
}

// repeats reports whether an answer has leakLength consecutive bytes of a credential. Upper case and lower case are the same:
// servers change the case of field names.
func repeats(answer, credential string) bool {
	answer, credential = strings.ToLower(answer), strings.ToLower(credential)
	for i := range max(0, len(credential)-leakLength+1) {
		if strings.Contains(answer, credential[i:i+leakLength]) {
			return true
		}
	}
	return false
}

// serverRefusalCase sends requests that a server refuses itself, and some that it may parse and the chain then refuses. Each
// answer is from the one or the other, and the Observer is told of those of the chain alone.
func serverRefusalCase() Case {
	return Case{
		Name: "outcomes/server-refuses", Page: pageClient,
		Rule: "What a server refuses before any handler keeps that server's answer, and no Observer is told of it.",
		Why: "If the chain also decides on what the server could not parse, it decides on a request that nobody sent, and its " +
			"metrics and audit records count refusals that no client saw.",
		needs: ownRoutes,
		app: func(w *witness) App {
			app := unparsableApp(w)
			app.Chain = app.Chain.WithObserver(w)
			return app
		},
		try: func(w *witness) error {
			errs := []error{w.expect(step{get("/x", bearer("user:ann")), servedTo("ann")})}
			all := unparsable("/x", "suite.test")
			for _, name := range slices.Sorted(maps.Keys(all)) {
				if err := w.refusedOnce(all[name]); err != nil {
					errs = append(errs, fmt.Errorf("%s\nsent   %q\nso     %w", name, clip(all[name]), err))
				}
			}
			return errors.Join(errs...)
		},
	}
}

// refusedOnce sends raw bytes, and returns an error if an answer is neither the server's nor the chain's, or if there were other
// decisions than the answers of the chain.
func (w *witness) refusedOnce(raw string) error {
	before := w.told.Load()
	received, whole, err := w.exchange(raw)
	if err != nil || !whole { // the connection was reset: an answer may be lost
		return err
	}
	decided := int64(0)
	for in := bufio.NewReader(bytes.NewReader(received)); ; {
		got, err := read(in, http.MethodGet)
		if err != nil {
			break
		}
		if !got.fromChain() {
			continue
		}
		decided++
		if !slices.ContainsFunc([]want{anonymous, invalidToken, malformed}, func(refusal want) bool {
			return refusal.differs(got, nil, http.MethodGet) == ""
		}) {
			return fmt.Errorf("the answer is neither the chain's nor the server's own: %s", got)
		}
	}
	if runs := w.take(); len(runs) > 0 {
		return fmt.Errorf("the handler ran for %v", runs)
	}
	if told := w.told.Load() - before; told != decided {
		return fmt.Errorf("an Observer was told of %d decisions, and %d answers are the chain's", told, decided)
	}
	return nil
}

// exchange sends raw bytes, closes the connection for writing, and returns what the server sends. whole is false if the
// connection was reset before the end.
func (w *witness) exchange(raw string) (received []byte, whole bool, err error) {
	conn, err := w.connect()
	if err != nil {
		return nil, false, err
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, raw) // a server may refuse and close before it has read everything
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	received, err = io.ReadAll(conn)
	return received, err == nil, nil
}
