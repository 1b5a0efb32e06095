package main

import (
	"fmt"
	"strings"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
	"github.com/cedar-policy/cedar-go"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
)

// Policy number i lets the role role<i> read a path: /svc<i>/orders, or every path below /svc<i>/ if i is odd. The last policy is
// one with a wildcard, because every count is even.

// decide reports whether a caller with a role may read a path.
type decide func(role, path string) (bool, error)

// engine is a library with a number of policies.
type engine struct {
	name   string
	module string
	load   func(policies int) (decide, error)
}

var engines = []engine{
	{"microkubes-go", "github.com/microkubes/microkubes-go/core", ours},
	{"casbin", "github.com/casbin/casbin/v3", casbinEnforcer},
	{"cedar-go", "github.com/cedar-policy/cedar-go", cedarPolicies},
}

func ours(policies int) (decide, error) {
	var all []string
	for i := range policies {
		path := fmt.Sprintf("/svc%d/orders", i)
		if i%2 == 1 {
			path = fmt.Sprintf("/svc%d/<.*>", i)
		}
		all = append(all, fmt.Sprintf(`{"id": "p%d", "effect": "allow",
			"subjects": ["<.*>"], "actions": ["api:read"], "resources": [%q],
			"conditions": {"roles": {"type": "RolesCondition", "options": {"values": ["role%d"]}}}}`, i, path, i))
	}
	p, err := acl.Parse([]byte("[" + strings.Join(all, ",\n") + "]"))
	if err != nil {
		return nil, err
	}
	callers := map[string]*core.Auth{} // in a service the verified token gives the identity
	return func(role, path string) (bool, error) {
		if callers[role] == nil {
			callers[role] = core.NewAuth(core.AuthData{Username: "ana", Roles: []string{role}})
		}
		return p.Allows(callers[role], acl.Query{Method: "GET", Path: path}), nil
	}, nil
}

const casbinModel = `[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && keyMatch(r.obj, p.obj) && r.act == p.act
`

func casbinEnforcer(policies int) (decide, error) {
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, err
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, err
	}
	for i := range policies {
		path := fmt.Sprintf("/svc%d/orders", i)
		if i%2 == 1 {
			path = fmt.Sprintf("/svc%d/*", i)
		}
		if _, err := e.AddPolicy(fmt.Sprintf("role%d", i), path, "read"); err != nil {
			return nil, err
		}
	}
	return func(role, path string) (bool, error) { return e.Enforce(role, path, "read") }, nil
}

func cedarPolicies(policies int) (decide, error) {
	var text strings.Builder
	for i := range policies {
		path := fmt.Sprintf("/svc%d/orders", i)
		if i%2 == 1 {
			path = fmt.Sprintf("/svc%d/*", i)
		}
		fmt.Fprintf(&text, "permit(principal in Role::%q, action == Action::%q, resource) when { context.path like %q };\n",
			fmt.Sprintf("role%d", i), "read", path)
	}
	set, err := cedar.NewPolicySetFromBytes("policies.cedar", []byte(text.String()))
	if err != nil {
		return nil, err
	}
	user := cedar.NewEntityUID("User", "ana")
	return func(role, path string) (bool, error) {
		roles := cedar.NewEntityUIDSet(cedar.NewEntityUID("Role", cedar.String(role)))
		entities := cedar.EntityMap{user: {UID: user, Parents: roles}}
		decision, diagnostic := cedar.Authorize(set, entities, cedar.Request{
			Principal: user, Action: cedar.NewEntityUID("Action", "read"), Resource: cedar.NewEntityUID("Service", "orders"),
			Context: cedar.NewRecord(cedar.RecordMap{"path": cedar.String(path)}),
		})
		if len(diagnostic.Errors) > 0 {
			return false, fmt.Errorf("cedar: %v", diagnostic.Errors[0])
		}
		return decision == cedar.Allow, nil
	}, nil
}
