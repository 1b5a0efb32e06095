package conformance_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/microkubes/microkubes-go/conformance"
)

// A Harness that cannot serve is said to, once.
func ExampleCheck() {
	report, err := conformance.Check(context.Background(), conformance.Harness{
		Name: "broken",
		Serve: func(conformance.App) (string, func(), error) {
			return "", nil, errors.New("no port is free")
		},
	})
	fmt.Println(len(report.Results), err)
	// Output: 0 conformance: broken cannot be tried at all: the harness could not serve: no port is free
}
