package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// ErrNoClaim is the error of [Auth.Claim] if there is no claim of that name, and of [Auth.Claims] if the identity has no claims.
var ErrNoClaim = errors.New("core: no such claim")

var errNotAnObject = errors.New("core: the claims are not a JSON object, or one with duplicate names")

// Claim decodes the claim name into v, a pointer. It returns [ErrNoClaim] if there is no such claim. Claim decodes as
// [Auth.Claims] does.
func (a *Auth) Claim(name string, v any) error {
	value, err := a.claim(name)
	if err != nil {
		return err
	}
	return decode(value, v, func(err error) error { return misfit(name, err) })
}

// claim returns the JSON text of a claim.
func (a *Auth) claim(name string) (value string, err error) {
	if a == nil || a.claims == "" {
		return "", ErrNoClaim
	}
	value, err = strictjson.Member(a.claims, name)
	switch {
	case err != nil:
		return "", errNotAnObject
	case value == "":
		return "", ErrNoClaim
	}
	return value, nil
}

// Claims decodes all claims into v, a pointer to a struct of your own or to a map, as [json.Unmarshal] does, with these
// differences:
//
//   - Names are compared exactly, at any depth. json.Unmarshal ignores case, so that a claim SUB would get into a field for sub.
//     The name of a field is its tag (`json:"sub"`), or else its Go name, which few claims have.
//   - The value that v points to is replaced, unless there is an error. A field whose claim is missing becomes zero, so nothing
//     is left of an identity that was decoded before.
//   - The error names the claim and never shows a value.
//
// Claims that v has no field for are ignored. Claims returns [ErrNoClaim] if the identity has no claims at all. A type with a
// method UnmarshalJSON decodes itself, and compares names as it likes.
func (a *Auth) Claims(v any) error {
	if a == nil || a.claims == "" {
		return ErrNoClaim
	}
	if err := strictjson.Object(a.claims, func(_, _ string) error { return nil }); err != nil {
		return errNotAnObject
	}
	return decode(a.claims, v, func(error) error {
		t := reflect.TypeOf(v).Elem()
		if culprit := a.misfit(t); culprit != nil {
			return culprit
		}
		return fmt.Errorf("core: the claims cannot be decoded into %s", t)
	})
}

// decode decodes the JSON text of a value into v. describe makes the error out of the one of package json, which may quote
// values.
func decode(value string, v any, describe func(error) error) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("core: claims are decoded into a pointer that is not nil, and not into %T", v)
	}
	fresh := reflect.New(target.Type().Elem())
	if err := strictjson.Unmarshal(value, fresh.Interface()); err != nil {
		return describe(err)
	}
	target.Elem().Set(fresh.Elem())
	return nil
}

// misfit returns the error for the first claim that cannot be decoded into a value of type t by itself, or nil. No claim is at
// fault if t takes no object at all.
func (a *Auth) misfit(t reflect.Type) (found error) {
	if strictjson.Unmarshal("{}", reflect.New(t).Interface()) != nil {
		return nil
	}
	_ = strictjson.Object(a.claims, func(name, value string) error {
		quoted, _ := json.Marshal(name) // a string always marshals
		if err := strictjson.Unmarshal("{"+string(quoted)+":"+value+"}", reflect.New(t).Interface()); err != nil {
			found = misfit(name, err)
		}
		return found
	})
	return found
}

// misfit returns the error for a claim that cannot be decoded.
func misfit(name string, err error) error {
	return fmt.Errorf("core: the claim %q cannot be decoded%s", name, intoType(err))
}

// intoType says which type a value does not fit into, if err tells. It has nothing else of err, which may quote the value.
func intoType(err error) string {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) && e.Type != nil {
		return " into " + e.Type.String()
	}
	return ""
}
