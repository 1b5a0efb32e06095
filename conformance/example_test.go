package conformance_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/microkubes/microkubes-go/conformance"
)

// The error of a Harness that cannot serve is reported once, before any case.
func ExampleCheck() {
	report, err := conformance.Check(context.Background(), conformance.Harness{
		Name: "broken",
		Serve: func(conformance.App) (string, func(), error) {
			return "", nil, errors.New("no port is free")
		},
	})
	fmt.Println(len(report.Results), err)
	// Output: 0 conformance: no case can run on broken: the harness failed to serve: no port is free
}
