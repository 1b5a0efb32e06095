package core_test

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// Browsers send the token in a cookie, other clients in the Authorization header.
func ExampleTokenSource() {
	source := core.TokenSource{Cookie: "session"} // for jwt.Config.Source, oauth2.Config.Source, or a provider of your own
	for _, headers := range []http.Header{
		{"Cookie": {"theme=dark; session=token-1"}},
		{"Authorization": {"Bearer token-2"}},
		{"Authorization": {"Bearer token-2"}, "Cookie": {"session=token-1"}},
		{},
	} {
		token, err := source.Token(coretest.Request{Headers: headers})
		var refusal *core.Error
		if errors.As(err, &refusal) {
			fmt.Println(refusal.Status(), refusal.Reason())
			continue
		}
		fmt.Printf("%q\n", token)
	}
	// Output:
	// "token-1"
	// "token-2"
	// 400 duplicate_credential
	// ""
}
