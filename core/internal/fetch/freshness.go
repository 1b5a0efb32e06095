package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Lifetime reads for how long an answer is fresh from now on: the max-age of Cache-Control (RFC 9111, section 5.2.2.1) without
// the Age. It is zero where the answer must not be stored or used without asking, and where Cache-Control cannot be read or
// says two things (section 4.2.1). ok is false where the answer says nothing about it.
func Lifetime(h http.Header) (lifetime time.Duration, ok bool) {
	said := false
	for name, value := range directives(strings.Join(h.Values("Cache-Control"), ",")) {
		switch name {
		case "", "no-store", "no-cache":
			return 0, true
		case "max-age":
			seconds, good := number(value)
			if !good || said && seconds != lifetime {
				return 0, true
			}
			lifetime, said = seconds, true
		}
	}
	if !said {
		return 0, false
	}
	age, _, _ := strings.Cut(h.Get("Age"), ",")
	seconds, _ := number(strings.TrimSpace(age)) // one that is not a number is ignored (section 5.1)
	return max(0, lifetime-seconds), true
}

// directives calls yield for each directive with the name in lower case and the value without quotes. The name is empty for
// what is not a directive.
func directives(list string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for list != "" {
			var item string
			item, list = cutItem(list)
			name, value, _ := strings.Cut(item, "=")
			name = strings.ToLower(strings.Trim(name, " \t"))
			value = strings.Trim(value, " \t")
			if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
				value = value[1 : len(value)-1]
			}
			switch {
			case strings.Trim(item, " \t") == "": // an empty element of a list (RFC 9110, section 5.6.1.2)
				continue
			case strings.ContainsFunc(name, func(r rune) bool { return !isToken(r) }):
				name = ""
			}
			if !yield(name, value) {
				return
			}
		}
	}
}

// cutItem cuts a list at the first comma that is not in a quoted string.
func cutItem(list string) (item, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

// isToken reports whether r may be in a token (RFC 9110, section 5.6.2).
func isToken(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// number reads delta-seconds (RFC 9111, section 1.2.2): a number that is too large stands for the largest.
func number(text string) (time.Duration, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		seconds = 1<<31 - 1
	}
	return time.Duration(seconds) * time.Second, true
}

// RetryAfter reads for how long a server asks to be left alone: seconds or a date (RFC 9110, section 10.2.3). It is zero where
// it says nothing that can be read.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.Trim(h.Get("Retry-After"), " \t")
	if wait, ok := number(text); ok {
		return wait
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
