package keys

import (
	"encoding/json"
	"slices"
	"strings"
)

// findPrivateJSON returns an error if a document in valid JSON has a private key in any string, or as the members of any object.
// It does not refuse a private JWK among the keys of a set, or a document that is one: parseJWK refuses that key alone. It reads
// the document once, however deep it is.
func findPrivateJSON(document string) error {
	s := privateSearch{json.NewDecoder(strings.NewReader(document))}
	s.UseNumber() // a number may be too large for a float
	return s.value(s.next(), placeRoot)
}

type privateSearch struct{ *json.Decoder }

// place says what a value is in a document.
type place int

const (
	placeOther place = iota
	placeRoot
	placeKeys // the array of the keys of a set
	placeKey  // a JWK, whose private members parseJWK refuses
)

// next returns the next token. The document is valid, so there is one.
func (s privateSearch) next() json.Token {
	token, _ := s.Token()
	return token
}

// value checks the value that begins with a token.
func (s privateSearch) value(token json.Token, where place) error {
	switch v := token.(type) {
	case string:
		return findPrivate(unescape.Replace(v))
	case json.Delim:
		if v == '{' {
			return s.object(where)
		}
		return s.array(where)
	}
	return nil
}

func (s privateSearch) array(where place) error {
	element := placeOther
	if where == placeKeys {
		element = placeKey
	}
	for s.More() {
		if err := s.value(s.next(), element); err != nil {
			return err
		}
	}
	s.next() // the bracket
	return nil
}

func (s privateSearch) object(where place) error {
	hasKey, hasPrivate, isKey := false, false, where == placeKey || where == placeRoot
	for s.More() {
		name, _ := s.next().(string)
		value, inside := s.next(), placeOther
		text, _ := value.(string)
		isPlain := text != "" && !strings.Contains(text, begin)
		hasKey = hasKey || isPlain && slices.Contains([]string{"kty", "crv", "n"}, name)
		hasPrivate = hasPrivate || isPlain && slices.Contains(privateNames, name)
		if isPlain && namesPrivateKey(name) {
			return ErrPrivateKey
		}
		if where == placeRoot && name == "keys" && value == json.Delim('[') {
			inside, isKey = placeKeys, false
		}
		if err := findPrivate(unescape.Replace(name)); err != nil {
			return err
		}
		if err := s.value(value, inside); err != nil {
			return err
		}
	}
	s.next() // the brace
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
