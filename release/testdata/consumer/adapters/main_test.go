package main

import "testing"

func TestService(t *testing.T) {
	answers, err := try()
	if err != nil {
		t.Fatal(err, answers)
	}
}
