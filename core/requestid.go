package core

import "strings"

// longestRequestID bounds what a client can have written into logs.
const longestRequestID = 128

// idOf finds the id of the request with the user's function. An id that a client may have chosen is safe in a header, in
// JSON and in a log, or it is none.
func (c *SecurityChain) idOf(x *exchange) (id string) {
	if c.requestID == nil {
		return ""
	}
	defer func() { // the user's function may panic, and changes no verdict
		if recover() != nil {
			id = ""
		}
	}()
	id = c.requestID(x.Context, (*lentRequest)(x))
	if len(id) > longestRequestID || strings.ContainsFunc(id, func(r rune) bool { return !inRequestID(r) }) {
		return ""
	}
	return strings.Clone(id) // it may lie in memory of the framework
}

func inRequestID(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._~:/+=@", r)
}

// forBody is e for the one request that it refuses, with what may be sent: the id, and not the cause.
func (e *Error) forBody(requestID string) *Error {
	f := *e
	f.requestID, f.cause = requestID, nil
	return &f
}
