# Two commands: `make run` serves a living, simulated house; `make test` runs every test.
SHELL := /bin/bash
.DEFAULT_GOAL := help
HOUSE ?= houses/family.toml
PAST ?= 3
CARGO ?= cargo

.PHONY: help run dev build release install deb web test check fmt bench fuzz torture soak clean

help: ## Show what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: build ## Build everything and serve a simulated house on http://localhost:8000
	@./target/debug/consciousness serve --simulate $(HOUSE) --past $(PAST)

dev: ## The same, started anew whenever source, page, house or settings change
	@scripts/dev $(HOUSE)

build: web ## Build the page and the programs
	@$(CARGO) build --package consciousness --bins

release: web ## Build the optimised program
	@$(CARGO) build --release --locked --package consciousness --bin consciousness

install: ## Install what `make release` built, as a service of this machine
	@deploy/install.sh

deb: release ## Make a Debian package (needs cargo-deb)
	@$(CARGO) deb --package consciousness --no-build

web: web/dist/index.html ## Build the page

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@echo "Installing what the page is built with ..."
	@cd web && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html web/*.config.* -type f 2>/dev/null)
	@echo "Building the page ..."
	@cd web && npm run build --silent
	@touch $@

test: ## Install what the tests need, and run every test
	@tests/run

check: ## Formatting, lints and the docs build
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet

fmt: ## Format everything
	@$(CARGO) fmt --all

bench: ## Measure how fast the released program is; the figures go into bench/RESULTS.md
	@tests/needs
	@$(CARGO) build --release --package consciousness --package bench
	@$(CARGO) run --release --quiet --package bench

fuzz: ## Feed rubbish to every codec, and to the conversation, for ten minutes each
	@FUZZ_SECONDS=600 $(CARGO) test --package drivers --test it fuzz -- --nocapture
	@FUZZ_SECONDS=600 $(CARGO) test --package automation --test it fuzz -- --nocapture
	@FUZZ_SECONDS=600 $(CARGO) test --package conversation --test it breaks_understanding -- --nocapture

torture: ## Kill the database's writer, and the whole server, a hundred times while they keep things
	@TORTURE=100 $(CARGO) test --package store --test it kill -- --nocapture
	@TORTURE=100 $(CARGO) test --package consciousness --test it torture -- --nocapture

soak: ## Let a fast house live for an hour with everything going on; its memory must not grow
	@SOAK=3600 $(CARGO) test --package consciousness --test it soak -- --nocapture

clean: ## Remove what was built
	@$(CARGO) clean
	@rm -rf web/dist web/node_modules tests/peers/zigbee2mqtt/node_modules tests/peers/home-assistant/.venv tests/peers/mail/.venv tests/peers/s3/.venv tests/peers/mcp/.venv tests/peers/schemathesis/.venv
