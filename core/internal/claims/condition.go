package claims

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// mark tests the value of a claim, and keeps the result at an index of Claims.marks.
type mark struct {
	index  int
	test   test
	values []string // with isOneOf
}

type test uint8

const (
	isFilled test = iota // not null, and not an empty string, array or object
	isTrue
	isOneOf
)

// state is the result of a mark for one token.
type state uint8

const (
	absent state = iota
	present
	met // present, and the test is true
)

func (m *mark) stateOf(value string) state {
	ok := false
	switch m.test {
	case isFilled:
		ok = !isEmpty(value)
	case isTrue:
		ok = value == "true"
	case isOneOf:
		ok = matches(value, m.values)
	}
	if ok {
		return met
	}
	return present
}

// matches reports whether a value is one of texts: a string by its content, a number or a boolean by its JSON text.
func matches(value string, texts []string) bool {
	switch value[0] {
	case '"':
		text, ok := strictjson.String(value)
		return ok && slices.Contains(texts, text)
	case '{', '[', 'n':
		return false
	}
	return slices.Contains(texts, value)
}

// mark adds a mark for the claim at a path, and returns its index.
func (r *Reader) mark(path Path, m mark) (index int) {
	m.index = len(r.marks)
	r.marks = append(r.marks, absent)
	if end := r.memberAt(path); end != nil { // at an empty path, which a Config cannot have, there is no claim
		end.marks = append(end.marks, m)
	}
	return m.index
}

// condition is a value that a claim must have, or a claim that must be absent.
type condition struct {
	mark    int
	absent  bool   // the claim must be absent
	may     bool   // the claim may be absent
	issuer  string // the condition is for tokens of this issuer alone; "": for all tokens
	refusal *core.Error
}

// requirement is a set of claims of which a token must have one.
type requirement struct {
	marks   []int
	refusal *core.Error
}

func (r *Reader) addConditions(d Dialect) {
	for _, v := range d.Values {
		r.conditions = append(r.conditions, condition{
			mark: r.mark(v.Path, mark{test: isOneOf, values: slices.Clone(v.OneOf)}),
			may:  v.Optional, issuer: v.Issuer, refusal: badValue(nameOf(v.Path)),
		})
	}
	for _, path := range d.Absent {
		r.conditions = append(r.conditions, condition{mark: r.mark(path, mark{}), absent: true, refusal: badValue(nameOf(path))})
	}
	for _, alternatives := range d.Required {
		var need requirement
		var names []string
		for _, path := range alternatives {
			need.marks = append(need.marks, r.mark(path, mark{test: isFilled}))
			names = append(names, nameOf(path))
		}
		need.refusal = missing(strings.Join(names, " or "))
		r.required = append(r.required, need)
	}
}

// nameOf returns a path as the operator gets it.
func nameOf(path Path) string { return strings.Join(path, ".") }

// checkConditions returns the refusal for the first condition that the claims do not meet, or nil.
func (r *Reader) checkConditions(c *Claims) error {
	for i := range r.conditions {
		k := &r.conditions[i]
		s := c.marks[k.mark]
		switch {
		case k.issuer != "" && k.issuer != c.issuer:
		case k.absent && s != absent, !k.absent && s == present, !k.absent && !k.may && s == absent:
			return k.refusal
		}
	}
	return nil
}

// checkRequired returns the refusal for the first required claim that the token does not have, or nil.
func (r *Reader) checkRequired(c *Claims) error {
	for i := range r.required {
		isMet := func(mark int) bool { return c.marks[mark] == met }
		if !slices.ContainsFunc(r.required[i].marks, isMet) {
			return r.required[i].refusal
		}
	}
	return nil
}

// namesNobody reports whether a token has none of the names that it needs one of.
func (r *Reader) namesNobody(c *Claims) bool {
	if r.subjectOptional && c.texts[clientText].text != "" {
		return false
	}
	return c.texts[userText].text == "" && c.subject == ""
}
