package kongtest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// unsortable is the number of exchanges of a recording that cannot be compared if the ids are in another order.
const unsortable = 5

// names are the words of the recordings that can be replaced. "v1" is also a value of path_handling, so it is not one of them.
var names = []string{"tr", "tr2", "tr-r", "tr-r2", "tr-r3", "tr-re", "tr-v2", "tr-up", "tr-ka", "tr-two", "nope-zzz", "bad_name",
	"svc1", "r1", "owner", "lib", "i1", "anon", "dup", "base", "re", "v", "form", "form2", "ct2", "ct4", "up", "r0", "r1m", "r1h", "r9",
	"u.example", "t1", "t2", "tt", "pt"}

var (
	words   = regexp.MustCompile(`[A-Za-z0-9._~-]+`)
	offsets = regexp.MustCompile(`WyI[A-Za-z0-9_-]+`)
)

// variation rewrites a recording with other names of the same length, and other ids.
type variation struct {
	*rand.Rand
	words map[string]string
	ids   map[string]string
}

// vocabulary holds the words and ids of a recording. New names must not be among its words.
type vocabulary struct {
	words []string
	ids   []string
}

func vocabularyOf(text string) vocabulary {
	return vocabulary{
		words: words.FindAllString(text, -1),
		ids:   slices.Compact(slices.Sorted(slices.Values(uuids.FindAllString(text, -1)))),
	}
}

func newVariation(old vocabulary, seed uint64, keepOrder bool) *variation {
	v := &variation{Rand: rand.New(rand.NewPCG(seed, 1)), words: map[string]string{}, ids: map[string]string{}}
	taken := map[string]bool{}
	for _, word := range old.words {
		taken[word] = true
	}
	for _, name := range names {
		for v.words[name] == "" || taken[v.words[name]] {
			v.words[name] = v.word(len(name))
		}
		taken[v.words[name]] = true
	}
	fresh := make([]string, len(old.ids))
	for i := range fresh {
		fresh[i] = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", v.Uint32(), v.IntN(1<<16), v.IntN(1<<12), v.IntN(1<<12), v.Int64N(1<<48))
	}
	if keepOrder {
		slices.Sort(fresh)
	}
	for i, id := range old.ids {
		v.ids[id] = fresh[i]
	}
	return v
}

func (v *variation) word(length int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	word := make([]byte, length)
	for i := range word {
		word[i] = letters[v.IntN(len(letters))]
	}
	return string(word)
}

func (v *variation) rewrite(text string) string {
	text = offsets.ReplaceAllStringFunc(text, func(offset string) string {
		raw, err := base64.RawURLEncoding.DecodeString(offset)
		if err != nil || !json.Valid(raw) {
			return offset
		}
		return base64.RawURLEncoding.EncodeToString(uuids.ReplaceAllFunc(raw, func(id []byte) []byte { return []byte(v.ids[string(id)]) }))
	})
	text = uuids.ReplaceAllStringFunc(text, func(id string) string { return v.ids[id] })
	return words.ReplaceAllStringFunc(text, func(word string) string {
		if other := v.words[word]; other != "" {
			return other
		}
		return word
	})
}

func (v *variation) apply(all []*exchange) []*exchange {
	varied := make([]*exchange, len(all))
	for i, e := range all {
		one := *e
		one.path, one.body, one.text = v.rewrite(e.path), v.rewrite(e.body), v.rewrite(e.text)
		varied[i] = &one
	}
	return varied
}

// reorder repeats and shuffles exchanges that only read, without moving them past those that write.
func (v *variation) reorder(all []*exchange) []*exchange {
	var ordered, between []*exchange
	flush := func() {
		v.Shuffle(len(between), func(i, j int) { between[i], between[j] = between[j], between[i] })
		ordered = append(ordered, between...)
		between = nil
	}
	for _, e := range all {
		if !e.reads() {
			flush()
			ordered = append(ordered, e)
			continue
		}
		for range 1 + v.IntN(3) {
			between = append(between, e)
		}
	}
	flush()
	return ordered
}

func TestTranscriptsVaried(t *testing.T) {
	for _, version := range versions {
		recording := readRecording(t, "transcript", version)
		all := parseTranscript(t, recording)
		for _, e := range seeds[version] {
			recording += e.path
		}
		old := vocabularyOf(recording)
		for seed := range uint64(runs(4, 40)) {
			keepOrder := seed%2 == 0
			t.Run(fmt.Sprintf("%s seed %d", version, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := newVariation(old, seed, keepOrder)
					r := newReplay(t, version, !keepOrder)
					varied := v.apply(all)
					r.run(v.apply(seeds[version]), v.reorder(varied))
					skipped := unlike
					if !keepOrder {
						skipped += unsortable
					}
					r.report(varied, skipped)
				})
			})
		}
	}
}

func TestReordering(t *testing.T) {
	v := newVariation(vocabulary{}, 7, true)
	all := parseTranscript(t, readRecording(t, "transcript", "3.9.3"))
	moved := v.reorder(all)
	assert.Greater(t, len(moved), len(all))
	writes := func(list []*exchange) string {
		var text strings.Builder
		for _, e := range list {
			if !e.reads() {
				text.WriteString(e.String())
			}
		}
		return text.String()
	}
	assert.Equal(t, writes(all), writes(moved), "writes stay in order")
}
