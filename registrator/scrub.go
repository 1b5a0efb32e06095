package registrator

import (
	"iter"
	"regexp"
	"slices"
	"strings"
)

// scrubber removes secrets from the texts of a gateway and of servers in front of it, which may repeat the request.
//
// Secrets are the admin token, the credentials and the query of the gateway's address, and every value in the configuration of a
// plugin, including the parts of a URL or a header. Names of fields and booleans are not secrets. A text is compared with the
// secrets in each form in which it can be decoded: see [views]. Six bytes in a row of a secret, or a shorter secret as a word,
// are replaced, except
//
//   - Kong's own sentences and the paths of fields before them. They do not depend on what was sent.
//   - A word of Kong's schema or of a name that was sent, and a text that the description has outside of its plugins. Such a
//     word is an ordinary value, such as the policy redis.
//
// The second exception does not apply to the whole value of a field with the name of a secret: if a password is redis, that word
// is replaced everywhere except in the path of a field.
type scrubber struct {
	long      [][]byte        // folded, of gram bytes at least
	short     map[string]bool // folded
	guarded   map[string]bool // folded; the values of fields with the name of a secret
	names     map[string]bool // the words of the names that were sent
	described []string        // texts of the description that are not secrets
}

const (
	gram    = 6        // so many bytes of a secret in a row are replaced
	maxText = 64 << 10 // bytes of a text that are scrubbed; far fewer are printed
	hidden  = "[secret]"
	maxWord = 64 // bytes of an ordinary word
)

// text returns a text without the secrets.
func (s *scrubber) text(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	if len(s.long)+len(s.short) == 0 {
		return text
	}
	marks := make([]bool, len(text))
	ordinary := s.occurrences(text)
	all := views(text)
	common := s.common(all)
	for _, v := range all {
		for i, g := range grams(v.folded) {
			if common[g] && !s.isOrdinary(v, i, i+gram, ordinary) {
				v.mark(marks, i, i+gram)
			}
		}
		for i := range v.folded {
			for n := v.shortest; n < gram && i+n <= len(v.folded); n++ {
				if s.short[string(v.folded[i:i+n])] && v.isWhole(i, i+n) && !s.isOrdinary(v, i, i+n, ordinary) {
					v.mark(marks, i, i+n)
				}
			}
		}
	}
	s.unmark(marks, text)
	return replace(marks, text)
}

// clean returns a text without the secrets, clipped for printing.
func (s *scrubber) clean(text string) string { return clip(s.text(text)) }

// name returns the name of a field that the gateway gave, without the secrets.
func (s *scrubber) name(name string) string {
	if s.isName(name) {
		return clip(name)
	}
	return s.clean(name)
}

// tree returns decoded JSON without the secrets.
func (s *scrubber) tree(value any) any {
	switch v := value.(type) {
	case string:
		return s.text(v)
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = s.tree(item)
		}
		return all
	case map[string]any:
		all := make(map[string]any, len(v))
		for name, item := range v {
			all[s.name(name)] = s.tree(item)
		}
		return all
	}
	return value
}

// common returns the sequences of gram bytes that both the text and a secret have. It indexes the text, which is short, and not
// the secrets, which may have many megabytes.
func (s *scrubber) common(all []view) map[uint64]bool {
	common := map[uint64]bool{}
	var filter [1 << 10]uint64 // few sequences of a secret are in the text
	for _, v := range all {
		for _, g := range grams(v.folded) {
			common[g] = false
			filter[slot(g)>>6] |= 1 << (slot(g) & 63)
		}
	}
	for _, secret := range s.long {
		for _, g := range grams(secret) {
			if filter[slot(g)>>6]&(1<<(slot(g)&63)) == 0 {
				continue
			}
			if _, ok := common[g]; ok {
				common[g] = true
			}
		}
	}
	return common
}

// grams yields each position from which there are gram bytes, and these bytes as a number.
func grams(text []byte) iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		var g uint64
		for i, c := range text {
			g = g>>8 | uint64(c)<<(8*gram-8)
			if i >= gram-1 && !yield(i-gram+1, g) {
				return
			}
		}
	}
}

// slot returns the bit of a sequence in a filter of 65,536 bits.
func slot(g uint64) uint64 { return g * 0x9e3779b97f4a7c15 >> 48 }

// occurrences returns the ranges of the texts of the description.
func (s *scrubber) occurrences(text string) (all [][2]int) {
	for _, d := range s.described {
		if s.guarded[string(fold(units(d), false).folded)] {
			continue
		}
		for from := 0; ; {
			i := strings.Index(text[from:], d)
			if i < 0 {
				break
			}
			all = append(all, [2]int{from + i, from + i + len(d)})
			from += i + len(d)
		}
	}
	return all
}

// isOrdinary reports whether the folded bytes from i to j are in an ordinary word, or in a text of the description.
func (s *scrubber) isOrdinary(v view, i, j int, described [][2]int) bool {
	if word := v.word(i, j); word != "" && s.isName(word) && !s.guarded[word] {
		return true
	}
	from, to := v.span(i, j)
	return slices.ContainsFunc(described, func(d [2]int) bool { return d[0] <= from && to <= d[1] })
}

// isName reports whether all parts of a word are in Kong's schema or in the names that were sent.
func (s *scrubber) isName(word string) bool {
	for part := range strings.FieldsFuncSeq(strings.ToLower(word), isSeparator) {
		if !vocabulary[part] && !s.names[part] {
			return false
		}
	}
	return true
}

func isSeparator(r rune) bool { return r == '_' || r == '-' || r == '.' || r == '@' }

// unmark keeps Kong's own sentences and the paths of fields, unless a secret extends beyond them. A list of choices of which one
// is a secret is replaced as a whole, since the gap would reveal the word.
func (s *scrubber) unmark(marks []bool, text string) {
	keep := func(from, to int) {
		if from < 0 || from > 0 && marks[from-1] && marks[from] || to < len(text) && marks[to-1] && marks[to] {
			return
		}
		clear(marks[from:to])
	}
	for _, m := range sentence.FindAllStringSubmatchIndex(text, -1) {
		if m[2] >= 0 && s.isName(text[m[2]:m[3]]) {
			keep(m[2], m[3])
		}
		keep(m[4], m[5])
	}
	for _, m := range configPath.FindAllStringIndex(text, -1) {
		if s.isName(text[m[0]:m[1]]) {
			keep(m[0], m[1])
		}
	}
	for _, m := range choice.FindAllStringSubmatchIndex(text, -1) {
		if slices.Contains(marks[m[2]:m[3]], true) {
			for i := m[2]; i < m[3]; i++ {
				marks[i] = true
			}
		}
	}
}

var (
	configPath = regexp.MustCompile(`\bconfig(?:\.[A-Za-z0-9_-]+)+`)
	choice     = regexp.MustCompile(`\bone of: ([^;)\n"]+)`)
)

// replace replaces what is marked, together with adjacent letters and digits, which may belong to the secret.
func replace(marks []bool, text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		from, to := i, i
		for to < len(text) && (marks[to] || isAlphanumeric(text[to])) {
			to++
		}
		switch {
		case to == from:
			to++
			b.WriteString(text[from:to])
		case slices.Contains(marks[from:to], true):
			b.WriteString(hidden)
		default:
			b.WriteString(text[from:to])
		}
		i = to
	}
	return b.String()
}

func isAlphanumericRune(r rune) bool { return r >= 0x80 || isAlphanumeric(byte(r)) }

// isAlphanumeric reports whether c is a letter or a digit. Each byte of a character beyond ASCII counts as a letter.
func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
