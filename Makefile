# Fanfare's commands. `make run` and `make test` need Go, Node with npm, and a network to the package registries; `make
# test` also installs Chromium and a few tools from Debian's packages where they are missing and it may.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

LINT_VERSION := v2.15.0
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fanfare-tools
LINT := $(TOOLS)/golangci-lint-$(LINT_VERSION)
WIDGET := GOOS=js GOARCH=wasm
WIDGET_SOURCES := $(shell find widget cmd/widget -type f -not -path 'widget/bundle/built/*' 2>/dev/null)

.PHONY: run test check build bench soak parts browser clean
.DELETE_ON_ERROR:

## build: leaves bin/fanfare (the widget inside) and bin/fanbench
build: widget/bundle/built/embed.js
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/fanfare ./cmd/fanfare
	CGO_ENABLED=0 go build -trimpath -o bin/fanbench ./cmd/fanbench

## run: builds everything and serves a running demo challenge
run: build
	@exec bin/fanfare serve --demo

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

parts: node_modules/.package-lock.json

widget/bundle/built/embed.js: node_modules/.package-lock.json go.mod $(WIDGET_SOURCES)
	node widget/bundle/build.mjs

## check: a developer's quick loop: format, vet for both targets, lint, unit tests with the race detector
check: $(LINT)
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run: gofmt -w ."; exit 1; }
	go vet ./...
	$(WIDGET) go vet ./cmd/widget ./widget/dom
	$(LINT) run ./...
	@.ci/gotest check -short -race ./...

## test: installs what the tests need and runs them all
test: build browser
	@.ci/gotest test ./...
	@.ci/gotest race -race ./cmd/fanfare ./server/store ./server/standing ./server/live
	@.ci/e2e

$(LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv $(TOOLS)/golangci-lint $@

# Debian's packages, where they are missing and may be installed.
browser:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium fonts-noto-cjk"; \
	command -v exiftool >/dev/null || missing="$$missing libimage-exiftool-perl"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && apt-get install -q -y --no-install-recommends $$missing; \
	fi

## bench: the figures in the README
bench: build
	bin/fanbench votes --voters 2000 --reference naive
	bin/fanbench live --reference gorilla

## soak: the crash and load tests at full size
soak: build
	FANFARE_SOAK=1 .ci/gotest soak -timeout 60m ./...

clean:
	rm -rf bin node_modules widget/bundle/built/*
