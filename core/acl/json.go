package acl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// node is a JSON value and its place in the file. Package strictjson does not know places, which an error of loading needs.
type node struct {
	line    int
	path    string // such as policies[3].conditions
	kind    json.Delim
	scalar  json.Token // if kind is 0
	members []member   // of an object, or elements of an array, without names
}

type member struct {
	name string
	node *node
}

// maxDepth is the maximum depth of nested values. The deepest that a policy needs is half of it.
const maxDepth = 16

// parseJSON reads one JSON value. It refuses duplicate names and text that is not valid UTF-8, which readers read in different
// ways.
func parseJSON(text []byte) (*node, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("the file is not valid UTF-8")
	}
	r := reader{text: text, line: 1, decoder: json.NewDecoder(bytes.NewReader(text))}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) {
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n")), syntax)
	}
	r.decoder.UseNumber()
	path := ""
	if bytes.TrimSpace(text)[0] == '[' { // its places are named as those of an object with policies
		path = "policies"
	}
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

func (r *reader) value(path string, depth int) (*node, error) {
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	n := &node{line: r.line, path: path, scalar: token}
	if text, ok := token.(string); ok && strings.ContainsRune(text, utf8.RuneError) {
		return nil, n.errorf("a character is not valid")
	}
	var ok bool
	if n.kind, ok = token.(json.Delim); !ok {
		return n, nil
	}
	if n.scalar = nil; depth > maxDepth {
		return nil, n.errorf("the value is nested too deeply")
	}
	for r.decoder.More() {
		if err := r.member(n, depth); err != nil {
			return nil, err
		}
	}
	_, err = r.token()
	return n, err
}

// member reads a member of an object or an element of an array.
func (r *reader) member(n *node, depth int) error {
	m, path := member{}, fmt.Sprintf("%s[%d]", n.path, len(n.members))
	if n.kind == '{' {
		name, err := r.token()
		if err != nil {
			return err
		}
		m.name, _ = name.(string)
		if path = m.name; n.path != "" {
			path = n.path + "." + m.name
		}
		if n.member(m.name) != nil {
			return (&node{line: r.line, path: path}).errorf("the name occurs twice")
		}
	}
	var err error
	m.node, err = r.value(path, depth+1)
	n.members = append(n.members, m)
	return err
}

// member returns the member with that name, or nil.
func (n *node) member(name string) *node {
	i := slices.IndexFunc(n.members, func(m member) bool { return n.kind == '{' && m.name == name })
	if i < 0 {
		return nil
	}
	return n.members[i].node
}

func (n *node) isNull() bool { return n.kind == 0 && n.scalar == nil }

func (n *node) errorf(format string, args ...any) error {
	place := fmt.Sprintf("line %d: ", n.line)
	if n.path != "" {
		place += n.path + ": "
	}
	return fmt.Errorf("%s%w", place, fmt.Errorf(format, args...))
}

// text returns the text of a string.
func (n *node) text() (string, error) {
	s, ok := n.scalar.(string)
	if !ok {
		return "", n.errorf("must be a string")
	}
	return s, nil
}

// texts returns the elements of an array of strings. null is an empty array.
func (n *node) texts() (all []string, err error) {
	if n.isNull() {
		return nil, nil
	}
	if n.kind != '[' {
		return nil, n.errorf("must be an array of strings")
	}
	for _, m := range n.members {
		s, err := m.node.text()
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
