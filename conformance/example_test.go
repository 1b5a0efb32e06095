package conformance_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/microkubes/microkubes-go/conformance"
)

// A Harness that cannot serve fails every case, and says why.
func ExampleCheck() {
	report, err := conformance.Check(context.Background(), conformance.Harness{
		Name: "broken",
		Serve: func(conformance.App) (string, func(), error) {
			return "", nil, errors.New("no port is free")
		},
	})
	fmt.Println(len(report.Results) > 0, err != nil, report.Results[0].Err)
	// Output: true true the harness could not serve: no port is free
}
