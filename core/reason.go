package core

import "github.com/microkubes/microkubes-go/core/internal/reason"

// Reason is a code that says in logs and events why a request was refused, such as "expired". The set of codes is closed;
// ARCHITECTURE.md lists them with their meanings. They are for operators: a client never sees one. A Reason compares with a
// string constant; string(r) converts it.
type Reason = reason.Code
