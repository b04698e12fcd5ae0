# The doors to scripts/: every target is one script, so that nothing here needs make's syntax.
# `make` alone lists the targets.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build dev demo test bench setup clean

help: ## this list
	@echo 'Latchkey. Set-up happens by itself, once; ARGS="…" reaches the program of run, demo and bench.'
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' Makefile

run: ## build it optimised and serve the console at http://127.0.0.1:3000 (data in ./data)
	@exec scripts/serve.sh $(ARGS)

build: ## the optimised program: target/release/latchkey
	@scripts/setup.sh && exec scripts/build.sh

dev: ## serve, and rebuild on every saved file
	@exec scripts/dev.sh $(ARGS)

demo: ## like run, with believable sample data in its own folder (./data-demo)
	@exec scripts/serve.sh --demo $(ARGS)

test: ## everything: format, lints, unit, contract, HTTP and browser suites
	@exec scripts/test.sh

bench: ## measure the data plane, the MCP gateway, the model relay, memory, start, revocation and the lists of the console
	@exec scripts/bench.sh $(ARGS)

setup: ## only install what the build needs
	@exec scripts/setup.sh

clean: ## remove what was built (not the data, not the tool cache)
	rm -rf target node_modules end2end/node_modules end2end/test-results end2end/playwright-report
	rm -f public/fonts/inter.woff2 public/fonts/inter-LICENSE.txt
