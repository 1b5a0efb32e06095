package keys

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// findPrivateJSON looks for a private key in every string of a document in valid JSON, and at the members of every object.
// Among the keys of a set a private JWK is left to parseJWK, which leaves out that key alone, and so is a document that is
// one.
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

// findPrivateValue looks into one value. Where alone is set it is a JWK whose private members cost that key alone.
func findPrivateValue(value string, depth int, alone bool) error {
	switch {
	case depth > strictjson.MaxDepth:
		return findPrivate(unescape.Replace(value))
	case value[0] == '{':
		return findPrivateMembers(membersOf(value), depth, alone)
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

func findPrivateMembers(members []member, depth int, alone bool) error {
	isKey, isPrivate := false, false
	for _, m := range members {
		text := textOf(m.value)
		isPlain := text != "" && !strings.Contains(text, begin)
		isKey = isKey || isPlain && slices.Contains([]string{"kty", "crv", "n"}, m.name)
		isPrivate = isPrivate || isPlain && slices.Contains(privateNames, m.name)
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
	if isKey && isPrivate && !alone {
		return ErrPrivateKey
	}
	return nil
}

var namesOfPrivateKeys = []string{
	"privatekey", "privatekeypem", "pemprivatekey", "rsaprivatekey", "ecprivatekey", "privateexponent",
}

// namesPrivateKey reports whether a member of this name has a private key: "private_key", "privateKeyPem" and the like.
func namesPrivateKey(name string) bool {
	name = strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(name))
	return slices.Contains(namesOfPrivateKeys, name)
}

// textOf is a string in valid JSON. It takes lone surrogates, and is empty for any other value.
func textOf(value string) (text string) {
	if value[0] == '"' {
		_ = json.Unmarshal([]byte(value), &text)
	}
	return text
}
