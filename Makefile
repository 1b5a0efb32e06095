# go.work is the only list of modules, and its comments say which of them are not released. An adapter is a package of a released
# module whose tests run the conformance suite.
MODULES := $(patsubst $(CURDIR)/%,%,$(shell GOWORK='$(CURDIR)/go.work' go list -m -f '{{.Dir}}'))
$(if $(MODULES),,$(error go list finds no modules in go.work))
UNRELEASED := $(shell sed -n 's|^[[:space:]]*\./\([^ ]*\) // not released: .*|\1|p' go.work)
RELEASED := $(filter-out $(UNRELEASED),$(MODULES))
ADAPTERS = $(shell grep -rl --include='*_test.go' '^func TestConformance.t ' $(RELEASED) | sed 's|^|./|; s|/[^/]*$$||' | sort -u)
REPORTS := $(CURDIR)/.reports
OLDEST_GO := go1.26.0
NEWEST_GO := go1.27.4
LINT := golangci-lint run --config $(CURDIR)/.golangci.yml ./...
FIBERV3 := github.com/microkubes/microkubes-go/adapters/fiberv3

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: modules
modules: ## print the released modules as a JSON array
	@printf '"%s"\n' $(RELEASED) | paste -s -d , - | sed 's/.*/[&]/'

.PHONY: test
test: ## run all tests of all modules
	go test work

.PHONY: race
race: ## run all tests with the race detector
	go test -race -timeout 20m work # packages take ten times as long on a busy machine

.PHONY: house
house: ## compare the pages and lists of the repository with its tree
	go test -count=1 ./docs # without -count, go test would reuse a result after changes outside the module of the test
	go test -count=1 -run '^TestReasons$$' ./core
	go test -count=1 -run '^TestRules' ./conformance

.PHONY: vet
vet: ## run go vet, also for 32-bit machines
	go vet work
	GOARCH=386 go vet work

.PHONY: fmt
fmt: ## list the files that are not formatted, and fail if there are any
	@test -z "$$(gofmt -l . | tee /dev/stderr)"

.PHONY: lint
lint: ## run golangci-lint in each module
	@for m in $(MODULES); do echo "lint $$m"; (cd $$m && $(LINT)) || exit 1; done

.PHONY: tidy-check
tidy-check: ## check that go mod tidy would change nothing
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy -diff) || exit 1; done

.PHONY: isolated
isolated: fiber-newest ## test each module outside the workspace, the released ones also with the oldest and the newest Go
	@for m in $(MODULES); do echo "alone $$m"; (cd $$m && GOWORK=off go test -short ./...) || exit 1; done
	@for v in $(OLDEST_GO) $(NEWEST_GO); do for m in $(RELEASED); do echo "$$v $$m"; \
		(cd $$m && GOWORK=off GOTOOLCHAIN=$$v go test -short ./...) || exit 1; done; done

.PHONY: fiber-newest
fiber-newest: ## test the adapter for Fiber v3 with the newest Fiber, and vet and lint of the module that requires it
	cd adapters/fiberv3/newest && GOWORK=off go mod tidy -diff && GOWORK=off go vet ./... $(FIBERV3) && GOWORK=off $(LINT) && \
	GOWORK=off go test ./... $(FIBERV3)

.PHONY: conformance
conformance: ## run the suite on every adapter, and check that README.md has its result
	@rm -rf $(REPORTS) && mkdir -p $(REPORTS)
	CONFORMANCE_REPORT=$(REPORTS) go test -count=1 -run '^TestConformance$$' $(ADAPTERS)
	go run ./conformance/cmd/conformance report -check -readme README.md -html $(REPORTS)/conformance.html $(REPORTS)/*.json

.PHONY: matrix
matrix: ## run the suite on every adapter, and write its result to README.md
	@rm -rf $(REPORTS) && mkdir -p $(REPORTS)
	CONFORMANCE_REPORT=$(REPORTS) go test -count=1 -run '^TestConformance$$' $(ADAPTERS)
	go run ./conformance/cmd/conformance report -readme README.md $(REPORTS)/*.json

.PHONY: quickstart
quickstart: ## run the quickstart and check its answers
	go run ./examples/quickstart -check

.PHONY: browser
browser: ## test in Chromium what pages of another origin can read, and the page of the todo service
	MICROKUBES_LONG=1 go test -count=1 -timeout 5m -v ./browser
	MICROKUBES_LONG=1 go test -count=1 -timeout 5m -v -run '^TestPage$$' ./examples/todo

.PHONY: changelog
changelog: ## move the unreleased changes into an entry for VERSION
	go run ./release changelog "$(VERSION)"

.PHONY: release
release: ## check, commit and tag the release VERSION on this machine; RELEASING.md has the rest
	go run ./release make "$(VERSION)"

.PHONY: publish
publish: ## push main and the tags of VERSION
	go run ./release publish "$(VERSION)"

.PHONY: published
published: ## try the published VERSION as users do
	go run ./release published "$(VERSION)"

.PHONY: rehearse
rehearse: ## make two releases in a clone, and use them as users do; nothing is published
	go run ./release rehearse

.PHONY: interop
interop: ## test against Keycloak, oidc-provider and zitadel/oidc, which the tests download, start and stop
	cd interop && MICROKUBES_INTEROP=$${MICROKUBES_INTEROP:-1} GOWORK=off go test -count=1 -timeout 20m -v .

.PHONY: interop-check
interop-check: ## vet and lint of that module
	cd interop && GOWORK=off go mod tidy -diff && GOWORK=off go vet ./... && GOWORK=off $(LINT)

.PHONY: workflows
workflows: ## run actionlint
	actionlint

.PHONY: bench-check
bench-check: ## test the benchmarks: allocations, and a generous limit relative to the signature check alone
	@# -p 1: no other package is tested while one measures times
	cd benchmarks && GOWORK=off go mod tidy -diff && GOWORK=off go vet ./... && GOWORK=off $(LINT) && GOWORK=off go test -p 1 ./... && \
	GOWORK=off go run . -short > /dev/null # the program that make bench runs in full

.PHONY: bench
bench: ## run all benchmarks, which takes seven minutes and a quiet machine
	cd benchmarks && GOWORK=off go run .

.PHONY: guides
guides: ## vet, lint and test the guides: their code, and that their tables are current
	@for m in docs/guides docs/guides/fiberv3; do echo "guides $$m"; \
		(cd $$m && GOWORK=off go mod tidy -diff && GOWORK=off go vet ./... && GOWORK=off $(LINT) && GOWORK=off go test ./...) || exit 1; done

.PHONY: vuln
vuln: ## look up the requirements in the Go vulnerability database
	@for m in $(MODULES); do (cd $$m && GOWORK=off govulncheck ./...) || exit 1; done
