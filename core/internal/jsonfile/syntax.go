package jsonfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	tooDeep       = "the value is nested too deeply: at most 16 objects and arrays may be in each other"
	halfCharacter = `has half of a surrogate pair, such as \ud800, or the character U+FFFD: write the character that is meant`
)

// syntaxError returns an error that says how to correct a text that is not JSON. It has the words of package encoding/json where
// the correction is not known.
func syntaxError(text []byte, found *json.SyntaxError) error {
	at := max(0, min(int(found.Offset)-1, len(text)-1)) // of the character that cannot be there
	for at > 0 && !utf8.RuneStart(text[at]) {
		at-- // since Go 1.27, Offset is the end of a character of several bytes
	}
	line := 1 + bytes.Count(text[:min(at+1, len(text))], []byte("\n"))
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return fmt.Errorf("line %d: the file is empty: write a JSON object such as {}", line)
	case strings.Contains(found.Error(), "max depth"):
		return fmt.Errorf("line %d: "+tooDeep, line)
	case strings.Contains(found.Error(), "unexpected end"):
		return fmt.Errorf("line %d: the file ends too early: close each string, object and array", line)
	}
	if says := correction(text[:at], text[at:]); says != "" {
		return fmt.Errorf("line %d: %s", line, says)
	}
	return fmt.Errorf("line %d: %w", line, found)
}

// correction says what to change where the text before is the beginning of a JSON text, and the text from there does not continue
// it.
func correction(before, from []byte) string {
	found, _ := utf8.DecodeRune(from)
	trimmed := bytes.TrimSpace(before)
	last := byte(0)
	if len(trimmed) > 0 {
		last = trimmed[len(trimmed)-1]
	}
	switch {
	case json.Valid(before):
		return "the file goes on after its value: remove what follows"
	case bytes.HasSuffix(before, []byte(`\`)):
		return `a string has a \ that begins no escape: write \\`
	case found < ' ':
		return `a string has a line break, a tab or another control character: write an escape such as \n, or close the string`
	case last == ',' && (found == '}' || found == ']'):
		return fmt.Sprintf("remove the comma before %c", found)
	case strings.ContainsRune(",:{[", rune(last)) && (found == '/' || found == '#'):
		return "JSON has no comments: remove it"
	case strings.ContainsRune(",:{[", rune(last)) && (unicode.IsLetter(found) || unicode.IsPunct(found) && found != '-'):
		return `write names and texts in double quotation marks, and true, false and null in small letters`
	case strings.ContainsRune(`"{[`, found):
		return fmt.Sprintf("a comma or a colon is missing before %c", found)
	}
	return ""
}
