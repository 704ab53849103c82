# Fanfare's commands. `make run` and `make test` need Go, Node with npm, and a network to the package registries; `make
# test` also installs Chromium, PostgreSQL and a few tools from Debian's packages where they are missing and it may, and
# builds two S3 servers, once, into TOOLS.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
# With this tag HEICs are decoded by the codec in the program; without it they are refused (media/heic).
export GOFLAGS := $(filter-out -tags=nodynamic,$(GOFLAGS)) -tags=nodynamic

LINT_VERSION := v2.15.0
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fanfare-tools
LINT := $(TOOLS)/golangci-lint-$(LINT_VERSION)
KUBECTL_VALIDATE_VERSION := v0.0.4
KUBECTL_VALIDATE := $(TOOLS)/kubectl-validate-$(KUBECTL_VALIDATE_VERSION)
# The S3 servers that the tests run against. An environment that names its own is believed.
MINIO_VERSION := v0.0.0-20260212201848-7aac2a2c5b7c
MINIO := $(TOOLS)/servers/minio-$(MINIO_VERSION)
VERSITYGW_VERSION := v1.8.0
VERSITYGW := $(TOOLS)/servers/versitygw-$(VERSITYGW_VERSION)
STORES := $(if $(FANFARE_TEST_MINIO),,$(MINIO)) $(if $(FANFARE_TEST_VERSITYGW),,$(VERSITYGW))
WIDGET := GOOS=js GOARCH=wasm
WIDGET_SOURCES := $(shell find widget cmd/widget -type f -not -path 'widget/bundle/built/*' 2>/dev/null)

# go-tool installs a program as NAME-VERSION, with NAME pointing to it: $(call go-tool,NAME,PACKAGE@VERSION)
define go-tool
	@mkdir -p $@.new
	GOBIN=$@.new CGO_ENABLED=0 go install $(2)
	@mv $@.new/$(1) $@ && ln -sfn $(@F) $(@D)/$(1) && rmdir $@.new
endef

# debian installs packages, where that may be done: $(call debian,PACKAGES). RUNLEVEL keeps servers from being started.
define debian
	if [ -n "$(strip $(1))" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(1); \
	fi
endef

.PHONY: run test test-all test-postgres test-race check build bin/fanfare bin/fanbench bench soak parts packages checkers clean
.DELETE_ON_ERROR:

## build: leaves bin/fanfare (the widget inside) and bin/fanbench
build: bin/fanfare bin/fanbench

bin/fanfare: widget/bundle/built/embed.js
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o $@ ./cmd/fanfare

bin/fanbench: widget/bundle/built/embed.js
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -o $@ ./cmd/fanbench

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

# Tests whose replicas bring PostgreSQL with them, and tests of photos and slow connections, which no database sees.
ONE_DATABASE := Readers|Fleet|EveryReplica|TwoReplicas|ReplicasShare|RenderProcesses|RealCameras|DamagedAnswers|MutatedPhotos|Payloads|SlowSenders|SlowAndVanished

# The suites of the store in which much happens at once; the others are SQL, which the detector makes ten times slower to no end.
AT_ONCE := entries|orders|rollups|votes|writer

## test: installs what the tests need and runs them all. Whole installations mostly wait, for locks, clocks and each other: two of their
## runs share the machine.
test: build packages $(STORES)
	@$(MAKE) --no-print-directory -j2 -O test-all test-postgres test-race
	@.ci/e2e
	@.ci/deploy

test-all:
	@.ci/gotest test -timeout 20m ./...

test-postgres:
	@FANFARE_TEST_DB=postgres .ci/gotest postgres -count=1 -timeout 20m -skip '$(ONE_DATABASE)' ./cmd/fanfare

test-race:
	@.ci/gotest race -race -timeout 15m -skip 'Migration|StoreConformance' ./server/store ./server/job ./server/standing ./server/live
	@.ci/gotest race-store -race -timeout 15m -run 'StoreConformance/.*/($(AT_ONCE))' ./server/store
	@.ci/gotest race-whole -race -run 'Vote|Board|Readers|Told|Limit' -skip ReadersSeeEveryVoteSoon ./cmd/fanfare

## checkers: installs what .ci/deploy checks deploy/ with
checkers: $(KUBECTL_VALIDATE)
	@missing=""; \
	command -v systemd-analyze >/dev/null || missing="$$missing systemd"; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	command -v caddy >/dev/null || missing="$$missing caddy"; \
	command -v promtool >/dev/null || missing="$$missing prometheus"; \
	command -v docker-compose >/dev/null || missing="$$missing docker-compose"; \
	[ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || missing="$$missing nginx-light"; \
	$(call debian,$$missing)

$(LINT):
	$(call go-tool,golangci-lint,github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION))

$(KUBECTL_VALIDATE):
	$(call go-tool,kubectl-validate,sigs.k8s.io/kubectl-validate@$(KUBECTL_VALIDATE_VERSION))

$(MINIO):
	$(call go-tool,minio,github.com/minio/minio@$(MINIO_VERSION))

$(VERSITYGW):
	$(call go-tool,versitygw,github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW_VERSION))

# Debian's packages that the tests need, where they are missing.
packages:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium fonts-noto-cjk"; \
	command -v exiftool >/dev/null || missing="$$missing libimage-exiftool-perl"; \
	command -v vipsthumbnail >/dev/null || missing="$$missing libvips-tools"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	[ -n "$(FANFARE_TEST_PG_BIN)" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	$(call debian,$$missing)
	@command -v soffice >/dev/null || { $(call debian,libreoffice-calc-nogui); } || echo "without LibreOffice: a report's workbook is not opened with it"

## bench: the figures in the README
bench: build packages
	bin/fanbench votes --voters 2000 --reference naive
	bin/fanbench votes --voters 10000 --reference pocketbase
	bin/fanbench votes --voters 2000 --reference redis
	bin/fanbench replicas --voters 2000
	bin/fanbench live --sockets 10000 --reference gorilla
	bin/fanbench live --sockets 10000 --reference gorilla --equal
	go test -run '^$$' -bench Beside -benchtime 500000x ./server/rank
	bin/fanbench ingest --reference vips

## soak: the crash and load tests at full size
soak: build
	FANFARE_SOAK=1 .ci/gotest soak -timeout 60m ./...

clean:
	rm -rf bin node_modules widget/bundle/built/*
