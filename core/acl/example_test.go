package acl_test

import (
	"fmt"
	"log"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
)

// The policies stand behind the providers that authenticate. In a service those are providers such as jwt.New.
func Example() {
	policies, err := acl.File("testdata/acl.json")
	if err != nil {
		log.Fatal(err)
	}
	ana := core.NewAuth(core.AuthData{Username: "ana", Roles: []string{"user"}})
	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), as(ana), policies)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(guard(chain, "GET", "/orders/7"))
	fmt.Println(guard(chain, "POST", "/orders"))
	fmt.Println(guard(chain, "GET", "/healthcheck"))
	// Output:
	// 200
	// 403
	// 200
}

func ExamplePolicies_Explain() {
	policies, err := acl.File("testdata/acl.json")
	if err != nil {
		log.Fatal(err)
	}
	ana := core.NewAuth(core.AuthData{Username: "ana", Roles: []string{"user"}})
	fmt.Print(policies.Explain(ana, acl.Query{Method: "POST", Path: "/orders"}))
	root := core.NewAuth(core.AuthData{Username: "root", Roles: []string{"admin"}})
	fmt.Print(policies.Explain(root, acl.Query{Method: "DELETE", Path: "/orders/7"}))
	// Output:
	// refused (no_policy_allows)
	//   users-read-orders (allow) does not apply: it is for other methods
	//   admins-do-all (allow) does not apply: the caller does not meet conditions.roles
	//   nobody-deletes-orders (deny) does not apply: it is for other methods
	// refused (denied_by_policy) by policy nobody-deletes-orders
	//   users-read-orders (allow) does not apply: it is for other methods
	//   admins-do-all (allow) applies
	//   nobody-deletes-orders (deny) applies
}

// A handler asks the policies when it has loaded the order and knows its owner. The chain of its route does not have the policies,
// since without the owner they refuse the request.
func ExamplePolicies_Allows() {
	policies, err := acl.Parse([]byte(`[{"id": "own-orders", "effect": "allow", "subjects": ["<.+>"], "actions": ["GET"],
		"resources": ["/orders/<[0-9]+>"], "conditions": {"createdBy": {"type": "OwnerCondition"}}}]`))
	if err != nil {
		log.Fatal(err)
	}
	ana := core.NewAuth(core.AuthData{Username: "ana"})
	fmt.Println(policies.Allows(ana, acl.Query{Method: "GET", Path: "/orders/7", Owner: "ana"}))
	fmt.Println(policies.Allows(ana, acl.Query{Method: "GET", Path: "/orders/7", Owner: "bob"}))
	fmt.Println(policies.Allows(ana, acl.Query{Method: "GET", Path: "/orders/7"}))
	// Output:
	// true
	// false
	// false
}
