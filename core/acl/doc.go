// Package acl decides who may do what, by policies in a file, and explains its decisions.
//
//	{"policies": [
//	  {
//	    "id": "users-read-orders",
//	    "effect": "allow",
//	    "subjects": ["<.*>"],
//	    "actions": ["api:read"],
//	    "resources": ["/orders", "/orders/<[0-9]+>"],
//	    "conditions": {"roles": {"type": "RolesCondition", "options": {"values": ["user", "admin"]}}}
//	  },
//	  {
//	    "id": "nobody-deletes-orders",
//	    "effect": "deny",
//	    "subjects": ["<.*>"],
//	    "actions": ["DELETE"],
//	    "resources": ["/orders/<.*>"]
//	  }
//	]}
//
// [Policies] is a provider, behind those that authenticate:
//
//	policies, err := acl.File("acl.json")
//	if err != nil {
//		log.Fatal(err) // such as: acl.json: line 8: policies[0].effect: must be allow or deny
//	}
//	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), jwt.New(store, config), policies)
//
// or guards some routes alone, by sec.With(policies). The file may change while the service runs.
//
// # Decisions
//
// A request is refused unless a policy allows it, and if a policy denies it. A policy applies if its actions, one of its
// resources and all its conditions do: two policies never add up. A file with an unknown field, an unknown type of condition, a
// pattern that matches nothing or a policy for nobody is not loaded.
//
//   - subjects: names of users ([core.Auth.Username], or [core.Auth.Subject] of an identity without one).
//   - actions: api:read is GET and HEAD, api:write is POST, PUT, PATCH and DELETE. A method in capitals is that method; GET
//     includes HEAD. Any other method must be named in a policy to be allowed.
//   - resources: paths. A policy that allows compares the path exactly as it was sent. A policy that denies compares it decoded,
//     without case, with and without a slash at its end.
//   - conditions: by what they read, roles, scopes, organizations or namespaces (RolesCondition, ScopesCondition,
//     OrganizationsCondition, NamespacesCondition), subject, username or userId (SubjectCondition), a claim of the token by its
//     name (ClaimCondition), or the owner of the resource (OwnerCondition). One of the values must fit. Case makes a difference.
//     A ClaimCondition does not read the lists, which have types of their own.
//   - roles, organizations, namespaces: lists in place of conditions, as in Microkubes' Python library, whose policies have no
//     effect and allow. There an empty list requires nothing.
//
// Text between < and > is a regular expression (RE2). Patterns are anchored: they match a whole value. <[^/]+> is one segment of
// a path, and <.*> crosses slashes. A value of a condition without angle brackets is compared as it is and, as in the original,
// as a regular expression, anchored.
//
// If what a condition reads is missing, or in a form that cannot be read, a policy that allows does not apply, and one that
// denies applies. A list that is absent is empty: it can be read. A name that is absent is missing, so a policy that denies some
// subjects also denies an identity that has neither a user name nor a subject. Of the policies that allow, such an identity meets
// only the subjects <.*>, which are every caller, and no other pattern, also if it matches the empty text.
//
// A claim that is a number is compared as the token has it. One in another spelling than the shortest, such as 1.0, cannot be
// told from the 1 of a policy, so a policy that denies applies.
//
// An OwnerCondition compares the owner of the resource with the subject. The options {"segment": 2, "is": "userId"} take the
// second segment of the path for the owner, and the id of the user in place of the subject. Without a segment the owner is the
// one that the program passes to [Policies.Allows]. The provider does not know that owner, so it refuses such requests before the
// handler can load the resource. Leave the provider out of the chain of these routes, and call Allows in their handlers:
//
//	sec := nethttp.New(chain)                                     // without the policies
//	mux.HandleFunc("GET /orders", sec.With(policies).Secured(list))
//	mux.HandleFunc("PUT /orders/{id}", sec.Secured(change))       // loads the order, and calls policies.Allows with its owner
//
// # Paths
//
// The path is the whole path of the request, also in a group and in front of a mounted handler. Behind [net/http.StripPrefix]
// it is the rest of the path, and behind a rewrite it is the new path: write the policies for that one.
//
// No spelling of a path runs a handler whose path a policy denies. Middleware that gives another path to the router alone is an
// exception, because the chain does not see that path: the URLFormat of chi takes a suffix such as .json off. Write a pattern for
// both, such as /orders<([.][^/]*)?>.
//
// The regular expressions of a policy that denies are compared with the path without case and with it: without case, <[^A-Z]+>
// matches no letter. Write the character and not its escape, because the path is decoded.
//
// A router that ignores a slash at the end, as Fiber does unless StrictRouting is set, runs the handler of /orders for /orders/,
// which a policy that allows /orders/<.*> allows. Write /orders/<.+> to allow what is below alone.
//
// Policies load in the forms that the originals have in their configuration and in their API. The policy system-access of the
// original, for the user named system, is not built in: write it into the file if you need it.
package acl
