package core

import "strings"

// maxRequestID is the length of the longest id. It bounds what a client can get into logs.
const maxRequestID = 128

// idOf returns the id of the request that the user's function finds. A client may have chosen it: an id that is not safe in a
// header, in JSON and in a log counts as none.
func (c *SecurityChain) idOf(x *exchange) (id string) {
	if c.requestID == nil {
		return ""
	}
	defer func() { // if the user's function panics, the verdict stands
		if recover() != nil {
			id = ""
		}
	}()
	id = c.requestID(x.Context, (*lentRequest)(x))
	if len(id) > maxRequestID || strings.ContainsFunc(id, func(r rune) bool { return !inRequestID(r) }) {
		return ""
	}
	return strings.Clone(id) // it may be in memory that the framework uses again
}

func inRequestID(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~:/+=@", r)
}

// forBody returns a copy of e for the body of one refusal: with the id of the request, and without the cause.
func (e *Error) forBody(requestID string) *Error {
	f := *e
	f.requestID, f.cause = requestID, nil
	return &f
}
