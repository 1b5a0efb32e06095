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

// member is an object member that the dialect names, or that is on the way to one.
type member struct {
	name     string
	texts    []textPlace
	lists    []listPlace
	members  []member // of the object that is its value
	required uint32   // its bit in Claims.present; 0: it is not required
}

type textPlace struct {
	text   int
	rank   int  // the higher one is taken
	strict bool // a value that is not a string refuses the token
}

type listPlace struct {
	list  int
	forms Form
}

// NewReader makes a Reader that shares nothing with the dialect.
func NewReader(d Dialect) *Reader {
	r := &Reader{required: slices.Clone(d.Required)}
	for text, paths := range [...][]Path{userText: d.User, nameText: d.Name, clientText: d.Client} {
		for i, path := range paths {
			strict := text == userText || len(path) == 1 && slices.Contains(d.Required, path[0])
			if m := r.at(path); m != nil {
				m.texts = append(m.texts, textPlace{text: text, rank: len(paths) - i, strict: strict})
			}
		}
	}
	for list, places := range [...][]List{
		roleList: d.Roles, scopeList: d.Scopes, organizationList: d.Organizations, namespaceList: d.Namespaces,
	} {
		for _, place := range places {
			if m := r.at(place.Path); m != nil {
				m.lists = append(m.lists, listPlace{list: list, forms: place.Forms})
			}
		}
	}
	for i, claim := range d.Required {
		r.at(Path{claim}).required = 1 << i
	}
	return r
}

// at is the member at the end of a path, made where it is not there yet. An empty path has none.
func (r *Reader) at(path Path) (end *member) {
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

// Read reads a payload into c, which is empty: new, or after [Claims.Reset]. The texts in c are parts of the payload. It fails
// where the payload is not a strict JSON object, and where a claim refuses the token by its type.
func (r *Reader) Read(c *Claims, payload string) error {
	return strictjson.Object(payload, func(name, value string) error {
		if !c.registered(name, value) || !c.read(r.top, name, value) {
			return errWrongType
		}
		return nil
	})
}

// read takes in a member of an object, if the dialect names it. It reports whether the token may still be good.
func (c *Claims) read(members []member, name, value string) bool {
	for i := range members {
		if members[i].name == name {
			return c.take(&members[i], value)
		}
	}
	return true
}

func (c *Claims) take(m *member, value string) bool {
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

// descend reads the members of an object inside. All of the payload up to here was scanned: it has no duplicates, and it is no
// deeper than strictjson allows. Each level of the dialect's paths is scanned once more, whatever the token has.
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

// missing returns the first required claim that was not there, and "" if all were. There are 32 bits: with more required claims,
// each token is refused for the 33rd.
func (r *Reader) missing(c *Claims) string {
	for i, claim := range r.required {
		if c.present&(1<<i) == 0 {
			return claim
		}
	}
	return ""
}
