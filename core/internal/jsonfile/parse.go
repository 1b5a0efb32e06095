package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth is the maximum depth of nested values. The deepest that a policy in a configuration needs is ten.
const maxDepth = 16

// Parse reads one JSON value, whose field is called path. It refuses duplicate names and text that is not valid UTF-8, which
// readers read in different ways.
func Parse(text []byte, path string) (*Node, error) {
	switch {
	case !utf8.Valid(text):
		return nil, errors.New("the file is not valid UTF-8")
	case bytes.HasPrefix(text, []byte("\ufeff")): // a parser may ignore it or not (RFC 8259, section 8.1)
		return nil, errors.New("the file begins with a byte order mark: save it without one")
	}
	r := reader{text: text, line: 1, decoder: json.NewDecoder(bytes.NewReader(text))}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) {
		return nil, syntaxError(text, syntax)
	}
	r.decoder.UseNumber()
	return r.value(path, 1)
}

type reader struct {
	text    []byte
	decoder *json.Decoder
	at      int // the offset whose line is known
	line    int
}

// token returns the next token. The text is valid JSON.
func (r *reader) token() (json.Token, error) {
	token, err := r.decoder.Token()
	end := int(r.decoder.InputOffset())
	r.line += bytes.Count(r.text[r.at:end], []byte("\n"))
	r.at = end
	return token, err
}

func (r *reader) value(path string, depth int) (*Node, error) {
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	n := &Node{Line: r.line, Path: path, Scalar: token}
	if text, ok := token.(string); ok && strings.ContainsRune(text, utf8.RuneError) {
		return nil, n.Errorf(halfCharacter)
	}
	var ok bool
	if n.Kind, ok = token.(json.Delim); !ok {
		return n, nil
	}
	if n.Scalar = nil; depth > maxDepth {
		return nil, n.Errorf(tooDeep)
	}
	names := map[string]bool{}
	for r.decoder.More() {
		if err := r.member(n, names, depth); err != nil {
			return nil, err
		}
	}
	_, err = r.token()
	return n, err
}

// member reads a member of an object or an element of an array. names has the names of the members before it.
func (r *reader) member(n *Node, names map[string]bool, depth int) error {
	m, path := Member{}, below(n.Path, fmt.Sprintf("[%d]", len(n.Members)))
	if n.Kind == '{' {
		name, err := r.token()
		if err != nil {
			return err
		}
		m.Name, _ = name.(string)
		path = below(n.Path, "."+label(m.Name))
		if names[m.Name] {
			return (&Node{Line: r.line, Path: path}).Errorf("the name occurs twice")
		}
		names[m.Name] = true
	}
	var err error
	m.Node, err = r.value(path, depth+1)
	n.Members = append(n.Members, m)
	return err
}

// The maximum lengths in bytes of a name in a path, and of a path. Without them the paths of a small file with a long name and
// many values below it would fill the memory.
const (
	maxLabel = 64
	maxPath  = 512
)

// label returns a name for a path: quoted if it could control a terminal, and cut if it is long.
func label(name string) string {
	switch {
	case len(name) > maxLabel:
		return strconv.Quote(name[:maxLabel]) + "…"
	case strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0:
		return strconv.Quote(name)
	}
	return name
}

// below returns the path of a member, such as .name or [0], or that of its object or array if it would be too long.
func below(path, member string) string {
	switch {
	case path == "":
		return strings.TrimPrefix(member, ".")
	case len(path)+len(member) > maxPath:
		return path
	}
	return path + member
}
