package registrator

import (
	"strings"
)

// unit is one byte of a decoded text, and the range of bytes of the original text that it was decoded from.
type unit struct {
	c        byte
	from, to int
}

// view is a text decoded in one way. Folded has its bytes without white space and in lower case, so that line breaks do not
// matter, nor whether a server writes %2f or %2F.
type view struct {
	all      []unit
	folded   []byte
	kept     []int // the index in all of each folded byte
	shortest int   // the minimum length of a secret that is searched for
}

// views returns the forms in which a text may have a secret: as it is; with the escapes of JSON, Go, Lua, HTML and URLs decoded,
// however often they were applied; and decoded from Base64 after that, from each possible first character.
func views(text string) []view {
	raw := units(text)
	read := decode(raw)
	all := []view{fold(raw, false), fold(read, true)}
	for offset := range 4 {
		if v := fold(decode(decodeBase64(read, offset)), true); len(v.folded) > 0 {
			v.shortest = 4 // shorter ones occur in any text by chance
			all = append(all, v)
		}
	}
	return all
}

func units(text string) []unit {
	all := make([]unit, len(text))
	for i := range len(text) {
		all[i] = unit{text[i], i, i + 1}
	}
	return all
}

// fold returns a view. In a URL-encoded form, + is a space.
func fold(all []unit, form bool) view {
	v := view{all: all, folded: make([]byte, 0, len(all)), kept: make([]int, 0, len(all)), shortest: 1}
	for i, u := range all {
		switch {
		case u.c <= ' ', u.c == 0x7f, form && u.c == '+':
			continue
		case u.c >= 'A' && u.c <= 'Z':
			u.c += 'a' - 'A'
		}
		v.folded, v.kept = append(v.folded, u.c), append(v.kept, i)
	}
	return v
}

// span returns the range of the original text that the folded bytes from i to j come from.
func (v view) span(i, j int) (from, to int) { return v.all[v.kept[i]].from, v.all[v.kept[j-1]].to }

func (v view) mark(marks []bool, i, j int) {
	from, to := v.span(i, j)
	for k := from; k < to; k++ {
		marks[k] = true
	}
}

// isWhole reports whether the folded bytes from i to j are not part of a longer word.
func (v view) isWhole(i, j int) bool {
	first, last := v.kept[i], v.kept[j-1]
	within := first > 0 && isWordByte(v.all[first].c) && isWordByte(v.all[first-1].c) ||
		last+1 < len(v.all) && isWordByte(v.all[last].c) && isWordByte(v.all[last+1].c)
	return !within
}

func isWordByte(c byte) bool { return c == '_' || isAlphanumeric(c) }

// word returns the word that the folded bytes from i to j are in, in lower case. It is empty if they are in several words, or in
// one that is too long to be ordinary.
func (v view) word(i, j int) string {
	isPart := func(c byte) bool { return c == '-' || isWordByte(c) }
	first, last := v.kept[i], v.kept[j-1]
	from, to := first, first
	for from > 0 && isPart(v.all[from-1].c) && first-from <= maxWord {
		from--
	}
	for to < len(v.all) && isPart(v.all[to].c) && to-first <= maxWord {
		to++
	}
	if to <= last || to-from > maxWord {
		return ""
	}
	word := make([]byte, 0, maxWord)
	for _, u := range v.all[from:to] {
		word = append(word, u.c)
	}
	return strings.ToLower(string(word))
}
