package keys_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestNothingPrintsKeyMaterial prints keys and stores, alone and in fields for which package fmt does not call Format, with every
// verb and flag. It searches the output for four bytes of the secret, of its hash, or of a public key.
func TestNothingPrintsKeyMaterial(t *testing.T) {
	secret := []byte("canary-0123456789-canary-0123456")
	key := must(keys.Secret("id", "HS256", secret))
	public := must(keys.Public("public", edPublic))
	set := must(keys.Static(key, public))
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.pub": "# canary-0123456789\n" + pkix(t, edPublic), "b.crt": certificate(t, year2030.AddDate(-20, 0, 0), year2030)})
	d, _ := opened(t, dir)
	type embedsKey struct{ keys.Key }
	type embedsPointer struct{ *keys.Key }
	type embedsSet struct{ *keys.Set }
	values := map[string]any{
		"Key": *key, "*Key": key, "public": public, "Set": *set, "*Set": set, "*Directory": d,
		"exported Key": struct{ K keys.Key }{*key}, "exported *Key": struct{ K *keys.Key }{key},
		"hidden Key": struct{ k keys.Key }{*key}, "hidden *Key": struct{ k *keys.Key }{key}, "hidden any": struct{ k any }{*key},
		"hidden **Key": struct{ k **keys.Key }{&key}, "hidden keys": struct{ k []*keys.Key }{[]*keys.Key{key, public}},
		"hidden values": struct{ k []keys.Key }{[]keys.Key{*key, *public}}, "hidden map": struct{ k map[string]keys.Key }{map[string]keys.Key{"a": *key}},
		"hidden Set": struct{ s keys.Set }{*set}, "hidden *Set": struct{ s *keys.Set }{set}, "hidden Store": struct{ s keys.Store }{set},
		"hidden *Directory": struct{ d *keys.Directory }{d}, "hidden directory": struct{ s keys.Store }{d},
		"embedded": embedsKey{*key}, "embedded pointer": embedsPointer{key}, "embedded set": embedsSet{set},
		"nested": struct{ in struct{ k [1]embedsKey } }{struct{ k [1]embedsKey }{[1]embedsKey{{*key}}}},
	}
	forms := append(formsOf(secret), formsOf(edPublic)...)
	for name, value := range values {
		for _, verb := range "vTtbcdoOqxXUeEfFgGsp" {
			for _, flags := range []string{"", "+", "#", " ", "0", "-", "+#", "# ", "40", ".3"} {
				for _, printed := range []any{value, &value, []any{value}} {
					format := "%" + flags + string(verb)
					assertWithout(t, fmt.Sprintf(format, printed), forms, name+" "+format)
				}
			}
		}
	}
	require.NotPanics(t, func() { _ = fmt.Sprint(keys.Key{}, &keys.Key{}, keys.Set{}, (*keys.Set)(nil), new(keys.Directory)) })
	assert.Nil(t, new(keys.Key).Material())
}

// formsOf returns four consecutive bytes of content, from four places in it or more, in each form in which package fmt writes bytes,
// in lower case.
func formsOf(content []byte) (forms []string) {
	for at := 0; at+4 <= len(content); at += 7 {
		part := content[at : at+4]
		all := []string{hex.EncodeToString(part)}
		for _, format := range []string{"%d", "%x", "% x", "%#x", "%# x", "%b", "%o", "%#o", "%O", "%c", "%U", "%#v"} {
			list := fmt.Sprintf(format, part)
			all = append(all, strings.Trim(list, "[]{}byte"), fmt.Sprintf(strings.ReplaceAll(format, " ", ""), part[:2]))
		}
		if at+8 <= len(content) {
			all = append(all, string(content[at:at+8]))
		}
		for _, form := range all {
			if len(form) >= 8 {
				forms = append(forms, strings.ToLower(form))
			}
		}
	}
	return forms
}

// assertWithout checks that a text has none of the forms.
func assertWithout(t *testing.T, text string, forms []string, name string) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, form := range forms {
		if strings.Contains(lower, form) {
			assert.Fail(t, "key material is printed", "%s: %s", name, text)
			return
		}
	}
}
