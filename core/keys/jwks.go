package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// ParseJWKS reads a JWK Set (RFC 7517, section 5), a single JWK, an array of JWKs, or an object that maps ids to certificates or
// public keys in PEM, as Google publishes them. A key that cannot be used (of an unknown kind, weak, for encryption, private,
// malformed, of an expired certificate) is left out and does not affect the others; skipped has an error for each. err is not
// nil if the document is not a key set at all. It is [ErrPrivateKey] if there is a private key anywhere, except for a JWK among
// the keys, which is only left out.
//
// Keys may share an id if they are for different algorithms (RFC 7517, section 4.5). A key that occurs twice is one key, for the
// algorithms that `alg` names. If two different usable keys have the same id and an algorithm in common, neither is used for that
// algorithm, and skipped has an error for it. A member that is null counts as absent, and so does an empty `key_ops` or `oth`. A
// key with a duplicate member or with a lone surrogate is malformed, and left out. A duplicate name in the document itself is an
// error.
func ParseJWKS(data []byte) (found []*Key, skipped []error, err error) {
	all, skipped, err := parseJWKS(data)
	if err != nil {
		return nil, nil, err
	}
	usable := make([]*Key, 0, len(all))
	now := time.Now()
	for _, k := range all {
		if err := k.checkNotExpired(now); err != nil {
			skipped = append(skipped, err)
			continue
		}
		usable = append(usable, k)
	}
	found, conflicts := resolve(usable)
	for _, c := range conflicts {
		skipped = append(skipped, fmt.Errorf(
			"keys: two different keys have the same id and are both for %s: neither is used for it",
			strings.Join(c.algorithms, ", ")))
	}
	return found, skipped, nil
}

// parseJWKS returns the keys as they are in the document: also those that share an id, and those of certificates that are not
// valid now.
func parseJWKS(data []byte) (found []*Key, skipped []error, err error) {
	text, err := plainText(data)
	if err != nil {
		return nil, nil, err
	}
	return parseJSON(text)
}

// parseJSON splits the document into keys before it parses any, so that a malformed key does not affect the others. A duplicate
// name in the document itself is an error.
func parseJSON(document string) (found []*Key, skipped []error, err error) {
	if !json.Valid([]byte(document)) {
		if err := findPrivate(unescape.Replace(document)); err != nil {
			return nil, nil, err
		}
		return nil, nil, errCutJSON
	}
	switch document[0] {
	case '[':
		document = `{"keys":` + document + `}`
	case '{':
	default:
		return nil, nil, errNoSet
	}
	if err := findPrivateJSON(document); err != nil {
		return nil, nil, err
	}
	root, err := rootOf(document)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case root.set != "":
		return parseSet(root.set)
	case root.isJWK:
		return parseEach([]string{document})
	case root.isSet:
		return nil, nil, errNoArray
	case root.isMap:
		return parseMap(document)
	case root.isDiscovery:
		return nil, nil, errDiscovery
	}
	return nil, nil, errNoSet
}

// root is the kind of a document, by its members.
type root struct {
	set                              string // the value of "keys", unless it is null
	isSet, isJWK, isMap, isDiscovery bool
}

func rootOf(document string) (r root, err error) {
	seen := map[string]bool{}
	for _, m := range membersOf(document) {
		if seen[m.name] {
			return r, errTwice
		}
		seen[m.name] = true
		text := textOf(m.value)
		switch isPEM := strings.Contains(text, begin); {
		case isPEM:
			r.isMap = true
		case m.name == "keys":
			if r.isSet = true; !strictjson.IsNull(m.value) {
				r.set = m.value
			}
		case strictjson.IsNull(m.value):
		case slices.Contains(jwkNames, m.name):
			r.isJWK = true
		case m.name == "jwks_uri" && text != "":
			r.isDiscovery = true
		}
	}
	return r, nil
}

type member struct{ name, value string }

// membersOf returns the members of an object in valid JSON, in order and with duplicates.
func membersOf(object string) (all []member) {
	d := json.NewDecoder(strings.NewReader(object))
	_, _ = d.Token() // the brace
	for d.More() {
		name, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return all
		}
		text, _ := name.(string)
		all = append(all, member{text, string(value)})
	}
	return all
}

// elementsOf returns the elements of an array in valid JSON. It returns false for any other value.
func elementsOf(array string) (all []string, ok bool) {
	var elements []json.RawMessage
	if json.Unmarshal([]byte(array), &elements) != nil {
		return nil, false
	}
	for _, e := range elements {
		all = append(all, string(e))
	}
	return all, true
}

// jwkNames lists the members that identify a single JWK.
var jwkNames = []string{"kty", "crv", "n", "e", "x", "y"}

func parseSet(set string) (found []*Key, skipped []error, err error) {
	objects, ok := elementsOf(set)
	for _, object := range objects {
		ok = ok && (strictjson.IsNull(object) || object[0] == '{')
	}
	if !ok {
		return nil, nil, errNoArray
	}
	return parseEach(objects)
}

var (
	errCutJSON   = unreadable{errors.New("keys: not a JWK Set: the JSON is cut off or damaged")}
	errTwice     = errors.New("keys: not a JWK Set: two members have the same name")
	errNoArray   = errors.New(`keys: not a JWK Set: "keys" is not an array of objects`)
	errNoSet     = errors.New(`keys: not a JWK Set: it has no "keys", no member of a JWK, and no PEM block`)
	errDiscovery = errors.New(`keys: not a JWK Set but an OpenID discovery document: get its "jwks_uri", or use Discover`)
)

func parseEach(objects []string) (found []*Key, skipped []error, err error) {
	for i, object := range objects {
		if strictjson.IsNull(object) {
			continue
		}
		key, err := parseJWK(object)
		if err != nil {
			skipped = append(skipped, fmt.Errorf("key %d: %w", i+1, err))
			continue
		}
		found = append(found, key)
	}
	return found, skipped, nil
}

// parseMap reads an object that maps ids to PEM.
func parseMap(document string) (found []*Key, skipped []error, err error) {
	n := 0
	err = strictjson.Object(document, func(id, value string) error {
		if strictjson.IsNull(value) {
			return nil
		}
		n++
		text, ok := strictjson.String(value)
		if !ok {
			skipped = append(skipped, fmt.Errorf("key %d: keys: the value is not a string with PEM", n))
			return nil
		}
		parsed, err := parsePEM(strings.Clone(id), []byte(text))
		if errors.Is(err, ErrPrivateKey) {
			return err
		}
		if err != nil {
			skipped = append(skipped, fmt.Errorf("key %d: %w", n, err))
			return nil
		}
		found = append(found, parsed...)
		return nil
	})
	if errors.Is(err, strictjson.ErrSyntax) {
		return nil, nil, fmt.Errorf("keys: not a JWK Set: %w", err)
	}
	if err != nil {
		return nil, nil, err
	}
	return found, skipped, nil
}
