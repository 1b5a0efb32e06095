package core

import "github.com/microkubes/microkubes-go/core/internal/reason"

// Reason is a code that says in logs and events why a request was refused, such as "expired". The set of codes is closed, and
// ARCHITECTURE.md lists it. Codes are for operators: the client never gets one. A Reason can be compared with a string constant
// and converted with string(r).
type Reason = reason.Code
