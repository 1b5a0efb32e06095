package claims

import (
	"errors"
	"slices"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// Reader reads claims in one dialect. It is safe for concurrent use.
type Reader struct {
	top      []member
	required []string
}

// member is an object member that is a place of the dialect, or leads to one.
type member struct {
	name     string
	texts    []textPlace
	lists    []listPlace
	members  []member // of its value, an object
	required uint32   // its bit in Claims.present, or 0 if it is not required
}

type textPlace struct {
	text   int
	rank   int  // the text with the highest rank is used
	strict bool // the value must be a string
}

type listPlace struct {
	list  int
	forms Form
}

// NewReader returns a Reader for a dialect. It does not keep references to the dialect.
func NewReader(d Dialect) *Reader {
	r := &Reader{required: slices.Clone(d.Required)}
	for text, paths := range [...][]Path{userText: d.User, nameText: d.Name, clientText: d.Client} {
		for i, path := range paths {
			strict := text == userText || len(path) == 1 && slices.Contains(d.Required, path[0])
			if m := r.memberAt(path); m != nil {
				m.texts = append(m.texts, textPlace{text: text, rank: len(paths) - i, strict: strict})
			}
		}
	}
	for list, places := range [...][]List{
		roleList: d.Roles, scopeList: d.Scopes, organizationList: d.Organizations, namespaceList: d.Namespaces,
	} {
		for _, place := range places {
			if m := r.memberAt(place.Path); m != nil {
				m.lists = append(m.lists, listPlace{list: list, forms: place.Forms})
			}
		}
	}
	for i, claim := range d.Required {
		r.memberAt(Path{claim}).required = 1 << i
	}
	return r
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
	return strictjson.Object(payload, func(name, value string) error {
		if !c.readRegistered(name, value) || !c.read(r.top, name, value) {
			return errWrongType
		}
		return nil
	})
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

// readMember reads the value of a member into the texts and lists that have it as a place.
func (c *Claims) readMember(m *member, value string) bool {
	if m.required != 0 && !isEmpty(value) {
		c.present |= m.required
	}
	for _, place := range m.texts {
		text, ok := strictjson.String(value)
		if !ok && place.strict {
			return false
		}
		if t := &c.texts[place.text]; text != "" && place.rank > t.rank {
			*t = ranked{text, place.rank}
		}
	}
	for _, place := range m.lists {
		c.lists[place.list] = appendItems(c.lists[place.list], value, place.forms)
	}
	return len(m.members) == 0 || c.descend(m.members, value)
}

// descend reads the members of a nested object. The value was scanned before, so it has no duplicates and is not too deep. How
// often it is scanned again depends on the depth of the dialect's paths, and not on the token.
func (c *Claims) descend(members []member, value string) bool {
	if value[0] != '{' {
		return true
	}
	return strictjson.Object(value, func(name, value string) error {
		if !c.read(members, name, value) {
			return errWrongType
		}
		return nil
	}) == nil
}

// missing returns the first required claim that the token does not have, or "". Claims.present has 32 bits: if a dialect requires
// more claims, every token is refused for the 33rd.
func (r *Reader) missing(c *Claims) string {
	for i, claim := range r.required {
		if c.present&(1<<i) == 0 {
			return claim
		}
	}
	return ""
}
