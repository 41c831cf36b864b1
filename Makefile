# What people and CI run. Every target does the set-up that it needs; a second run does none of it again.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# A system FFmpeg 6 needs another feature than the default; see scripts/setup.sh.
ffmpeg6 = $(shell pkg-config --atleast-version=60.31 libavcodec 2>/dev/null && ! pkg-config --atleast-version=61 libavcodec && echo yes)
features = $(if $(ffmpeg6),--no-default-features --features vodkit/ffmpeg6 --features vodkit/http)

# Where `make install` puts things; DESTDIR goes before both, for packagers.
PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
install_to = PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' DESTDIR='$(DESTDIR)' scripts/install.sh

.PHONY: help demo host install uninstall examples-c check test test-python test-host test-browser lint setup setup-tests header python bench bench-startup compare clean

help: ## Show this list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## Make a sample video, turn it into HLS and DASH, and show what came of it.
	@scripts/demo.sh $(features)

host: setup-tests ## Start the example of a video service, with its page, and say how to use it.
	@scripts/host.sh run $(features)

install: setup ## Install the library for C and the command below PREFIX (/usr/local).
	cargo build --release -p vodkit-capi -p vodkit-cli $(features)
	@$(install_to) target/release

uninstall: ## Take away what `make install` put below PREFIX.
	@$(install_to) --remove

examples-c: c_prefix = $(CURDIR)/target/c-prefix
examples-c: ## Build the examples in C into target/c-prefix/bin.
	@$(MAKE) --no-print-directory install PREFIX=$(c_prefix) LIBDIR=$(c_prefix)/lib DESTDIR=
	@for name in probe package thumbnail segments; do \
	  cc -std=c99 -O2 examples/c/$$name.c -o $(c_prefix)/bin/$$name -Wl,-rpath,$(c_prefix)/lib \
	    $$(PKG_CONFIG_PATH=$(c_prefix)/lib/pkgconfig pkg-config --cflags --libs vodkit) || exit; \
	done; ls $(c_prefix)/bin/*

test: setup-tests ## Run all tests.
	cargo test --workspace $(features)
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-python test-browser

# Two lanes, each of which leaves most of a core to the other; both use what the tests in Rust have built.
test-python:
	@scripts/python.sh test $(features)
test-host:
	@scripts/host.sh test
test-browser: test-host
	@scripts/browser.sh

check: setup-tests ## Check format and lints and run the unit tests: what one runs between edits.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets $(features) -- -D warnings
	cargo test -p vodkit --lib $(features)

lint: setup-tests ## Check layers, format, lints and documentation; warnings are errors.
	@scripts/layers.py
	cargo fmt --all --check
	cargo clippy --workspace --all-targets $(features) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps $(features)

setup: ## Make the machine ready to build: system packages and FFmpeg.
	@scripts/setup.sh

setup-tests:
	@scripts/setup.sh --tests

header: setup-tests ## Write include/vodkit.h anew.
	VODKIT_WRITE_HEADER=1 cargo test -p vodkit-capi --test header $(features)

python: setup-tests ## Build the Python wheel into target/wheels.
	@scripts/python.sh build $(features)

bench: setup-tests ## Measure the engine's parts, speed, use of cores and memory of packaging, and what damage costs.
	cargo bench $(features)
	@scripts/measure.sh $(features)

bench-startup: setup-tests ## Measure how long it takes from `vodkit serve` to the first picture in a browser.
	cargo build --release --workspace --bins $(features)
	@scripts/browser.sh --startup

compare: setup-tests ## Measure side by side with ffmpeg, Shaka Packager and others; writes docs/performance.md.
	@scripts/compare.sh $(features)

clean: ## Remove what was built here; FFmpeg stays in the cache.
	cargo clean
	rm -rf demo
