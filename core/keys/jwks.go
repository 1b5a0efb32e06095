package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// ParseJWKS reads a JWK Set (RFC 7517, section 5), a single JWK, an array of JWKs, or an object whose names are the ids of
// keys and whose values are certificates or public keys in PEM, as Google publishes them. A key that cannot be used (of an
// unknown kind, weak, for encryption, private, malformed, of an expired certificate) is left out and does not spoil the
// others; skipped has an error for each. The error is for a document that is no key set at all, or that has a private key in PEM.
//
// Keys may share an id when they are for different algorithms (RFC 7517, section 4.5), and a key that is there twice is one
// key, for the algorithms that `alg` names. Where two different usable keys have one id and an algorithm in common, neither is
// used for it, and skipped says so. A member that is null is not there, and neither is an empty `key_ops` or `oth`.
func ParseJWKS(data []byte) (found []*Key, skipped []error, err error) {
	all, skipped, err := parseJWKS(data)
	if err != nil {
		return nil, nil, err
	}
	usable := make([]*Key, 0, len(all))
	now := time.Now()
	for _, k := range all {
		if err := k.expired(now); err != nil {
			skipped = append(skipped, err)
			continue
		}
		usable = append(usable, k)
	}
	found, disputes := resolve(usable)
	for _, d := range disputes {
		skipped = append(skipped, fmt.Errorf("two different keys have one id and are for %s: neither is used for it",
			strings.Join(d.algorithms, ", ")))
	}
	return found, skipped, nil
}

// parseJWKS gives the keys as they are written: with an id more than once, and of certificates that are not valid now.
func parseJWKS(data []byte) (found []*Key, skipped []error, err error) {
	document := string(bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	if strings.HasPrefix(document, "[") {
		document = `{"keys":` + document + `}`
	}
	var set string
	isSet, isJWK, isMap := false, false, false
	err = strictjson.Object(document, func(name, value string) error {
		isSet = isSet || name == "keys"
		switch text, isText := strictjson.String(value); {
		case strictjson.IsNull(value):
		case name == "keys":
			set = value
		case slices.Contains(jwkNames, name):
			isJWK = true
		case isText && strings.Contains(text, begin):
			isMap = true
		}
		return nil
	})
	if err != nil {
		return nil, nil, unreadable{errors.New("keys: not a JWK Set: " + err.Error())}
	}
	switch {
	case set != "":
		return parseSet(set)
	case isJWK:
		return parseEach([]string{document})
	case isSet:
		return nil, nil, errNoArray
	}
	if err := findPrivate(unescape.Replace(document)); err != nil {
		return nil, nil, err
	}
	if isMap {
		return parseMap(document)
	}
	return nil, nil, errNoSet
}

// jwkNames are the members by which a single JWK is known.
var jwkNames = []string{"kty", "crv", "n", "e", "x", "y"}

func parseSet(set string) (found []*Key, skipped []error, err error) {
	var elements []json.RawMessage // strictjson has looked into them
	if json.Unmarshal([]byte(set), &elements) != nil {
		return nil, nil, errNoArray
	}
	objects := make([]string, len(elements))
	for i, e := range elements {
		if objects[i] = string(e); !strictjson.IsNull(objects[i]) && e[0] != '{' {
			return nil, nil, errNoArray
		}
	}
	return parseEach(objects)
}

var (
	errNoArray = unreadable{errors.New(`keys: not a JWK Set: "keys" is no array of objects`)}
	errNoSet   = unreadable{errors.New(`keys: not a JWK Set: there is no "keys", no member of a JWK, and no PEM block`)}
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

// parseMap reads an object from ids to PEM.
func parseMap(document string) (found []*Key, skipped []error, err error) {
	place := 0
	err = strictjson.Object(document, func(id, value string) error {
		if strictjson.IsNull(value) {
			return nil
		}
		place++
		text, ok := strictjson.String(value)
		if !ok {
			skipped = append(skipped, fmt.Errorf("key %d: keys: it is not PEM", place))
			return nil
		}
		key, err := parsePEM(strings.Clone(id), []byte(text))
		if errors.Is(err, ErrPrivateKey) {
			return err
		}
		if err != nil {
			skipped = append(skipped, fmt.Errorf("key %d: %w", place, err))
			return nil
		}
		found = append(found, key)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return found, skipped, nil
}
