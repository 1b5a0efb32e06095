package claims

import (
	"errors"
	"slices"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// Reader reads claims in one dialect. It is safe for concurrent use.
type Reader struct {
	top             []member
	marks           []state // as many zero values as there are marks
	conditions      []condition
	required        []requirement
	subjectOptional bool
	repeat          Repeat
}

// member is an object member that is a place of the dialect, or leads to one.
type member struct {
	name    string
	texts   []textPlace
	lists   []listPlace
	marks   []mark
	members []member // of its value, an object
}

type textPlace struct {
	text   int
	rank   int  // the text with the highest rank is used
	strict bool // the value must be a string
	onlyIf int  // the index of the mark on which the place depends, or always
}

// always is the onlyIf of a place that does not depend on another claim.
const always = -1

type listPlace struct {
	list int
	form Form
}

// NewReader returns a Reader for a dialect. It does not keep references to the dialect.
func NewReader(d Dialect) *Reader {
	r := &Reader{subjectOptional: d.SubjectOptional, repeat: d.Repeat}
	r.repeat.IDs = slices.Clone(d.Repeat.IDs)
	for text, places := range [...][]Text{userText: d.User, nameText: d.Name, clientText: d.Client} {
		for i, place := range places {
			r.addText(place, textPlace{
				text: text, rank: len(places) - i, strict: text == userText || isRequired(d, place.Path), onlyIf: always,
			})
		}
	}
	for list, places := range [...][]List{
		roleList: d.Roles, scopeList: d.Scopes, organizationList: d.Organizations, namespaceList: d.Namespaces,
	} {
		for _, place := range places {
			if m := r.memberAt(place.Path); m != nil {
				m.lists = append(m.lists, listPlace{list: list, form: place.Form})
			}
		}
	}
	r.addConditions(d)
	return r
}

func (r *Reader) addText(place Text, p textPlace) {
	if len(place.If) > 0 {
		p.onlyIf = r.mark(place.If, mark{test: isTrue})
	}
	if m := r.memberAt(place.Path); m != nil {
		m.texts = append(m.texts, p)
	}
}

// isRequired reports whether a dialect requires the claim at a path, or one of several of which it is one.
func isRequired(d Dialect, path Path) bool {
	return slices.ContainsFunc(d.Required, func(alternatives []Path) bool {
		return slices.ContainsFunc(alternatives, func(p Path) bool { return slices.Equal(p, path) })
	})
}

// memberAt returns the member at the end of a path, and adds it if necessary. It returns nil for an empty path.
func (r *Reader) memberAt(path Path) (end *member) {
	members := &r.top
	for _, name := range path {
		i := slices.IndexFunc(*members, func(m member) bool { return m.name == name })
		if i < 0 {
			i = len(*members)
			*members = append(*members, member{name: name})
		}
		end = &(*members)[i]
		members = &end.members
	}
	return end
}

var errWrongType = errors.New("claims: a claim has the wrong type")

// Read reads a payload into c, which must be empty: new, or after [Claims.Reset]. The strings in c are substrings of the payload.
// Read fails if the payload is not a strict JSON object, or if a claim has a type that refuses the token.
func (r *Reader) Read(c *Claims, payload string) error {
	c.marks = append(c.marks[:0], r.marks...)
	repeated := "" // the value of Repeat.Claim, which depends on the other claims
	err := strictjson.Object(payload, func(name, value string) error {
		if r.repeat.Claim != "" && name == r.repeat.Claim {
			repeated = value
			return nil
		}
		if !c.readRegistered(name, value) || !c.read(r.top, name, value) {
			return errWrongType
		}
		return nil
	})
	if err == nil && repeated != "" && !r.readRepeat(c, payload, repeated) {
		err = errWrongType
	}
	for _, w := range c.waiting {
		if c.marks[w.onlyIf] == met {
			c.offer(w.text, w.ranked)
		}
	}
	return err
}

// read reads a member of an object, if it is one of members. It reports whether the member is acceptable.
func (c *Claims) read(members []member, name, value string) bool {
	for i := range members {
		if members[i].name == name {
			return c.readMember(&members[i], value)
		}
	}
	return true
}

// readMember reads the value of a member into the texts, lists and marks that have it as a place.
func (c *Claims) readMember(m *member, value string) bool {
	for i := range m.marks {
		c.marks[m.marks[i].index] = m.marks[i].stateOf(value)
	}
	for _, place := range m.texts {
		text, ok := strictjson.String(value)
		if !ok && place.strict {
			return false
		}
		c.nameMisread = c.nameMisread || !ok && place.text == nameText && !isEmpty(value)
		found := ranked{text, place.rank}
		switch {
		case text == "":
		case place.onlyIf == always:
			c.offer(place.text, found)
		default: // the other claim may come later
			c.waiting = append(c.waiting, waitingText{found, place.text, place.onlyIf})
		}
	}
	c.readLists(m.lists, value)
	return len(m.members) == 0 || c.descend(m.members, value)
}

// readLists reads a value into the lists that have it as a place. A list may have it as a place in several forms, of which one
// must fit.
func (c *Claims) readLists(places []listPlace, value string) {
	var fits [listCount]bool
	for _, place := range places {
		list := c.lists[place.list]
		all, ok := appendItems(list, value, place.form)
		c.lists[place.list] = dropKnown(all, len(list))
		fits[place.list] = fits[place.list] || ok
	}
	for _, place := range places {
		c.misread[place.list] = c.misread[place.list] || !fits[place.list]
	}
}

// offer uses a text if no better one was found.
func (c *Claims) offer(text int, found ranked) {
	if t := &c.texts[text]; found.rank > t.rank {
		*t = found
	}
}

// descend reads the members of a nested object. The value was scanned before, so it has no duplicates and is not too deep. How
// often it is scanned again depends on the depth of the dialect's paths, and not on the token.
func (c *Claims) descend(members []member, value string) bool {
	if value[0] != '{' {
		if !isEmpty(value) {
			c.misreadAll(members)
		}
		return true
	}
	return strictjson.Object(value, func(name, value string) error {
		if !c.read(members, name, value) {
			return errWrongType
		}
		return nil
	}) == nil
}

// misreadAll notes that what has a place below members cannot be read, because what leads there is not an object.
func (c *Claims) misreadAll(members []member) {
	for i := range members {
		for _, place := range members[i].lists {
			c.misread[place.list] = true
		}
		for _, place := range members[i].texts {
			c.nameMisread = c.nameMisread || place.text == nameText
		}
		c.misreadAll(members[i].members)
	}
}
