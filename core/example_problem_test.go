package core_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// problem makes problem details of a refusal (RFC 9457, section 3). They have no type, so the title is that of the status.
func problem(e *core.Error) (contentType string, body []byte) {
	body, _ = json.Marshal(struct { // numbers and strings always marshal
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail"`
		RequestID string `json:"request_id,omitempty"` // an extension (RFC 9457, section 3.2)
	}{http.StatusText(e.Status()), e.Status(), e.Message(), e.RequestID()})
	return "application/problem+json", body
}

// Refusals with problem details (RFC 9457) instead of the usual body.
func ExampleSecurityChain_WithErrorBody() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		fmt.Println(err)
		return
	}
	requestID := func(_ context.Context, req core.Request) string {
		id, _ := req.Header("X-Request-Id")
		return id
	}
	chain = chain.WithErrorBody(problem).WithRequestID(requestID).WithLogger(slog.New(slog.DiscardHandler))

	var res coretest.Recorder
	req := coretest.Request{Headers: http.Header{"X-Request-Id": {"7f3a"}}}
	chain.Guard(context.Background(), req, &res)
	fmt.Println(res.Status, res.Headers.Get("Content-Type"))
	fmt.Println(string(res.Body))
	// Output:
	// 401 application/problem+json
	// {"title":"Unauthorized","status":401,"detail":"authentication required","request_id":"7f3a"}
}
