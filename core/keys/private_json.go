package keys

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// findPrivateJSON returns an error if a document in valid JSON has a private key in any string, or as the members of any object.
// It does not refuse a private JWK among the keys of a set, or a document that is one: parseJWK refuses that key alone.
func findPrivateJSON(document string) error {
	members := membersOf(document)
	isSet := slices.ContainsFunc(members, func(m member) bool { return m.name == "keys" && m.value[0] == '[' })
	for _, m := range members {
		elements, ok := elementsOf(m.value)
		if m.name != "keys" || !ok {
			continue
		}
		for _, e := range elements {
			if err := findPrivateValue(e, 1, true); err != nil {
				return err
			}
		}
	}
	members = slices.DeleteFunc(members, func(m member) bool { return m.name == "keys" && m.value[0] == '[' })
	return findPrivateMembers(members, 0, !isSet)
}

// findPrivateValue checks one value. isKey says that it is a JWK in its place, whose private members parseJWK refuses.
func findPrivateValue(value string, depth int, isKey bool) error {
	switch {
	case depth > strictjson.MaxDepth:
		return findPrivate(unescape.Replace(value))
	case value[0] == '{':
		return findPrivateMembers(membersOf(value), depth, isKey)
	case value[0] == '[':
		elements, _ := elementsOf(value)
		for _, e := range elements {
			if err := findPrivateValue(e, depth+1, false); err != nil {
				return err
			}
		}
	case value[0] == '"':
		return findPrivate(unescape.Replace(textOf(value)))
	}
	return nil
}

func findPrivateMembers(members []member, depth int, isKey bool) error {
	hasKey, hasPrivate := false, false
	for _, m := range members {
		text := textOf(m.value)
		isPlain := text != "" && !strings.Contains(text, begin)
		hasKey = hasKey || isPlain && slices.Contains([]string{"kty", "crv", "n"}, m.name)
		hasPrivate = hasPrivate || isPlain && slices.Contains(privateNames, m.name)
		if isPlain && namesPrivateKey(m.name) {
			return ErrPrivateKey
		}
		if err := findPrivate(unescape.Replace(m.name)); err != nil {
			return err
		}
		if err := findPrivateValue(m.value, depth+1, false); err != nil {
			return err
		}
	}
	if hasKey && hasPrivate && !isKey {
		return ErrPrivateKey
	}
	return nil
}

var namesOfPrivateKeys = []string{
	"privatekey", "privatekeypem", "pemprivatekey", "rsaprivatekey", "ecprivatekey", "privateexponent",
}

// namesPrivateKey reports whether the name of a member says that its value is a private key: "private_key", "privateKeyPem" and
// the like.
func namesPrivateKey(name string) bool {
	name = strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(name))
	return slices.Contains(namesOfPrivateKeys, name)
}

// textOf returns the text of a string in valid JSON, with lone surrogates replaced. It returns "" for any other value.
func textOf(value string) (text string) {
	if value[0] == '"' {
		_ = json.Unmarshal([]byte(value), &text)
	}
	return text
}
