# Every target works on the modules that go.work lists.
MODULES := $(shell go list -f '{{.Dir}}' -m)
RELEASED := $(filter-out %/examples %/customadapter %/docs %/difftest,$(MODULES))
ADAPTERS := ./adapters/nethttp ./adapters/echo ./adapters/fiber ./examples/customadapter
REPORTS := $(CURDIR)/.reports
OLDEST_GO := go1.26.0
NEWEST_GO := go1.27.4
LINT := golangci-lint run --config $(CURDIR)/.golangci.yml ./...

.DEFAULT_GOAL := help

.PHONY: help
help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: test
test: ## all tests of all modules
	go test work

.PHONY: race
race: ## the same with the race detector
	go test -race work

.PHONY: vet
vet: ## go vet, also for machines of 32 bits
	go vet work
	GOARCH=386 go vet work

.PHONY: fmt
fmt: ## says which files are not formatted
	@test -z "$$(gofmt -l . | tee /dev/stderr)"

.PHONY: lint
lint: ## golangci-lint in each module
	@for m in $(MODULES); do echo "lint $${m#$(CURDIR)/}"; (cd $$m && $(LINT)) || exit 1; done

.PHONY: tidy-check
tidy-check: ## go.mod and go.sum are as go mod tidy leaves them
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy -diff) || exit 1; done

.PHONY: isolated
isolated: ## each module by itself, the released ones also with the oldest Go and the newest
	@for m in $(MODULES); do echo "alone $${m#$(CURDIR)/}"; (cd $$m && GOWORK=off go test -short ./...) || exit 1; done
	@for v in $(OLDEST_GO) $(NEWEST_GO); do for m in $(RELEASED); do echo "$$v $${m#$(CURDIR)/}"; \
		(cd $$m && GOWORK=off GOTOOLCHAIN=$$v go test -short ./...) || exit 1; done; done

.PHONY: conformance
conformance: ## the suite on every adapter, and whether README has its result
	@rm -rf $(REPORTS) && mkdir -p $(REPORTS)
	CONFORMANCE_REPORT=$(REPORTS) go test -count=1 -run '^TestConformance$$' $(ADAPTERS)
	go run ./conformance/cmd/conformance report -check -readme README.md -html $(REPORTS)/conformance.html $(REPORTS)/*.json

.PHONY: matrix
matrix: ## the same, and README gets the result
	@rm -rf $(REPORTS) && mkdir -p $(REPORTS)
	CONFORMANCE_REPORT=$(REPORTS) go test -count=1 -run '^TestConformance$$' $(ADAPTERS)
	go run ./conformance/cmd/conformance report -readme README.md $(REPORTS)/*.json

.PHONY: quickstart
quickstart: ## the quickstart, with its answers checked
	go run ./examples/quickstart -check

.PHONY: workflows
workflows: ## actionlint
	actionlint

.PHONY: bench-check
bench-check: ## the benchmarks' own tests: allocations, and a generous ratio to the signature check alone
	cd benchmarks && GOWORK=off go mod tidy -diff && GOWORK=off go vet ./... && GOWORK=off $(LINT) && GOWORK=off go test ./...

.PHONY: bench
bench: ## a whole run of the benchmarks, which takes five minutes and a quiet machine
	cd benchmarks && GOWORK=off go run .

.PHONY: vuln
vuln: ## known weaknesses in what is required; needs the Go vulnerability database
	@for m in $(MODULES); do (cd $$m && GOWORK=off govulncheck ./...) || exit 1; done
