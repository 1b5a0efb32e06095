package main

import (
	"os"
	"testing"

	"github.com/microkubes/microkubes-go/core/coretest"
)

func TestFix(t *testing.T) {
	if got, want := coretest.Rehearsal(), os.Getenv("REHEARSAL"); got != want {
		t.Errorf("this build of core has the %s, want the %s", got, want)
	}
}
