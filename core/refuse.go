package core

import (
	"encoding/json"
	"math"
	"mime"
	"strconv"
	"strings"
)

const jsonType = "application/json; charset=utf-8"

// refuse answers the request. Refusals are written here only, so they are the same on every adapter.
func (c *SecurityChain) refuse(x *exchange, v verdict, requestID string) (out verdict) {
	out = v
	defer func() { // the adapter's Response may panic: the verdict is still a refusal
		if p := recover(); p != nil {
			out = panicked(chainName, p)
		}
	}()
	e := v.refusal
	contentType, body := c.body(e, requestID)
	x.res.SetHeader("Cache-Control", "no-store")
	x.res.SetHeader("Content-Type", contentType)
	x.res.SetHeader("X-Content-Type-Options", "nosniff")
	if challenge := c.challenge.of(e); challenge != "" {
		x.res.AddHeader("Www-Authenticate", challenge) // in canonical form
	}
	if e.status == 503 {
		x.res.SetHeader("Retry-After", strconv.Itoa(max(1, int(math.Ceil(e.retryAfter.Seconds())))))
	}
	if err := x.res.Send(e.status, body); err != nil {
		v.unsent(err)
	}
	return v
}

// body returns the body of a refusal and its media type: the JSON of e, or what the function of WithErrorBody returns.
func (c *SecurityChain) body(e *Error, requestID string) (contentType string, body []byte) {
	contentType, body = jsonType, []byte(e.body) // a copy: an adapter may keep it
	if c.errorBody == nil {
		return contentType, body
	}
	usual := body
	defer func() {
		if recover() != nil {
			contentType, body = jsonType, usual
		}
	}()
	custom, b := c.errorBody(e.forBody(requestID))
	if _, _, err := mime.ParseMediaType(custom); err != nil || !printable(custom) {
		return contentType, body
	}
	return custom, b
}

func jsonBody(e *Error) []byte {
	body, _ := json.Marshal(struct { // numbers and strings always marshal
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{e.status, e.Message()})
	return body
}

// challenges has the WWW-Authenticate values of one realm (RFC 6750, section 3).
type challenges struct{ bare, invalidToken, invalidRequest, insufficientScope string }

func newChallenges(realm string) challenges {
	bare := `Bearer realm="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(realm) + `"`
	return challenges{
		bare:              bare,
		invalidToken:      bare + `, error="invalid_token"`,
		invalidRequest:    bare + `, error="invalid_request"`,
		insufficientScope: bare + `, error="insufficient_scope"`,
	}
}

func (c *challenges) of(e *Error) string {
	switch {
	case e.challenge != "":
		return e.challenge
	case e.status == 400:
		return c.invalidRequest
	case e.parameters != "":
		return c.bare + `, error="` + e.code + `"` + e.parameters
	case e.status == 401 && e.code == "":
		return c.bare
	case e.status == 401:
		return c.invalidToken
	case e.status == 403 && e.scope != "":
		return c.insufficientScope + `, scope="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(e.scope) + `"`
	case e.status == 403:
		return c.insufficientScope
	default:
		return ""
	}
}
