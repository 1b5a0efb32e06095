package token

import (
	"fmt"
	"reflect"
	"slices"
)

// For tests from outside of what is too small to be seen through a provider.
var (
	IssuerOf = issuerOf
	FindIss  = findIss
)

// LongestIssuer is the longest that is read.
const LongestIssuer = longestIssuer

// Left is what stays behind of a payload in the memory for the next one.
func Left(payload string) ([]string, error) {
	var c claims
	if err := c.readAll(payload); err != nil {
		return nil, err
	}
	c.standard = true
	c.forget()
	var left []string
	for _, list := range []*[]string{&c.audience, &c.roles, &c.organizations, &c.namespaces, &c.scopes} {
		left = append(append(left, *list...), slices.DeleteFunc((*list)[:cap(*list)], func(s string) bool { return s == "" })...)
		*list = nil
	}
	if !reflect.DeepEqual(c, claims{}) {
		left = append(left, fmt.Sprintf("%+v", c))
	}
	return left, nil
}

// Held is what the memory for tokens holds of one after it was looked at.
func Held(token string) (string, error) {
	w := begin()
	err := w.Parse(token, nil)
	w.end()
	return fmt.Sprintf("%+v", w.Token), err
}
