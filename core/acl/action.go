package acl

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The actions of the originals.
const (
	read  = "api:read"
	write = "api:write"
)

// methods are those that have an action. names has what a policy may call a request with that method.
var methods = [...]struct {
	method string
	names  []string
}{
	{"GET", []string{"GET", read}},
	{"HEAD", []string{"HEAD", "GET", read}},
	{"POST", []string{"POST", write}},
	{"PUT", []string{"PUT", write}},
	{"PATCH", []string{"PATCH", write}},
	{"DELETE", []string{"DELETE", write}},
}

// otherMethods is the class of the methods that have no action, behind those of methods.
const otherMethods = len(methods)

// classOf returns the index of a method in methods, or otherMethods.
func classOf(method string) int {
	for i := range methods {
		if methods[i].method == method {
			return i
		}
	}
	return otherMethods
}

// actions is the set of methods that a policy is for.
type actions struct {
	classes [otherMethods]bool
	others  []string         // methods without an action, by name
	regexes []*regexp.Regexp // of a policy that denies: they are for other methods, too
}

func (a *actions) add(action string, deny bool) error {
	parts, err := split(action)
	if err != nil {
		return fmt.Errorf("%q: %w", action, err)
	}
	if len(parts) == 1 && !parts[0].isRegex {
		return a.addName(action)
	}
	flags := []string{""}
	if deny {
		flags = []string{"(?s)", "(?is)"} // the second alone matches less for <[^a-z]+>
	}
	for _, f := range flags {
		re, err := compile(parts, f)
		if err != nil || len(parts) == 0 {
			return errors.Join(errors.New("an action must not be empty"), err)
		}
		for i := range methods {
			a.classes[i] = a.classes[i] || slices.ContainsFunc(methods[i].names, re.MatchString)
		}
		if deny {
			a.regexes = append(a.regexes, re)
		}
	}
	return nil
}

// addName adds a method, or an action of the originals. Anything else is an error, since it would be for no request: a policy
// that denies api:wirte denies nothing.
func (a *actions) addName(action string) error {
	known := false
	for i := range methods {
		if slices.Contains(methods[i].names, action) {
			a.classes[i], known = true, true
		}
	}
	if known {
		return nil
	}
	isCapital := func(r rune) bool { return 'A' <= r && r <= 'Z' }
	if strings.IndexFunc(action, func(r rune) bool { return !isCapital(r) }) >= 0 {
		return fmt.Errorf("%q is not an action: use %s, %s or a method in capitals", action, read, write)
	}
	a.others = append(a.others, action)
	return nil
}

// has reports whether the policy is for requests with that method, whose class is given.
func (a *actions) has(class int, method string) bool {
	if class < otherMethods {
		return a.classes[class]
	}
	if slices.Contains(a.others, method) {
		return true
	}
	return slices.ContainsFunc(a.regexes, func(re *regexp.Regexp) bool { return re.MatchString(method) })
}

// mayHave reports whether the policy is for some method of a class.
func (a *actions) mayHave(class int) bool {
	if class < otherMethods {
		return a.classes[class]
	}
	return len(a.others)+len(a.regexes) > 0
}
