package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/browser"
)

// TestPage works with the page in Chromium: see package browser for how to run it.
func TestPage(t *testing.T) {
	b := browser.Start(t)
	p, _ := start(t, ":memory:")
	p.seed(t)
	page := b.Open(t, p.gateway.ProxyURL()+"/app/")
	signIn := func(name string) {
		browser.Call[any](page, `name => { document.getElementById("name").value = name }`, name)
		page.Click("#enter")
	}

	signIn("bob")
	page.WaitText("#status", "2 todos")
	page.Fill("#title", "<b>milk</b>")
	page.Click("#save")
	page.WaitText("#status", "3 todos")
	page.WaitText("li:first-child .title", "<b>milk</b>")
	page.Click("li:first-child button:nth-of-type(1)")
	page.WaitText("li:first-child .done", "<b>milk</b>")
	page.Click("li:first-child button:nth-of-type(2)")
	page.WaitText("#status", "access denied")

	signIn("cleo")
	page.WaitText("#status", "1 todos")
	page.WaitText("li .title", "of cleo")

	signIn("ann")
	page.WaitText("#status", "3 todos")
	page.Click("li:first-child button:nth-of-type(2)")
	page.WaitText("#status", "2 todos")

	signIn("dan")
	page.WaitText("#status", "access denied")
	assert.Equal(t, "", browser.Call[string](page, `() => document.getElementById("todos").textContent`))
}
