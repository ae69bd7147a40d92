# The few words of the project; each does its own set-up.

CARGO ?= cargo
# Where `make bench` keeps its events (3.4 GB), and the Python that has ROOT, uproot and friends.
BENCH_DATA ?= target/bench-data
BENCH_PYTHON ?= python3

.PHONY: help demo test check bench chaos wheel browser

help: ## Say what there is
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+): .*## /make \1\t/' | expand -t 14

demo: ## Make a million events, query them, draw the Z peak
	$(CARGO) build --release --locked -p hepframe-cli
	target/release/hepframe demo

test: ## Run all tests; compare with reference values if ../shared/data is there
	$(CARGO) test --workspace --locked
	tests/python_package.sh
	tests/reference.sh
	tests/bad_files.sh

check: ## Formatting, lints, direction of dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) xtask layers
	tests/python_check.sh

wheel: ## Build the Python package for any Linux since 2018, into target/wheels
	tests/wheel.sh

browser: ## Look at a notebook in JupyterLab and Chromium; screenshots in target/browser
	$(CARGO) build --workspace --locked
	tests/browser.sh

chaos: ## Kill executors at random moments, twenty times, and check every answer
	$(CARGO) test --workspace --locked --test it -- --ignored --nocapture twenty_random_kills

bench: ## Measure hepframe and its peers in one go
	$(CARGO) build --release --locked -p hepframe-cli -p hepframe-root-write --bins --examples
	$(BENCH_PYTHON) benches/run.py --data $(BENCH_DATA)
	$(BENCH_PYTHON) benches/cluster.py --data $(BENCH_DATA)
