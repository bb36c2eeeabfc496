# `make demo` and `make test` install what they lack; everything else is below.
SHELL := /bin/sh
.DEFAULT_GOAL := help
# Molecule and Ansible find their programs on PATH, and need a UTF-8 locale.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export LC_ALL := C.UTF-8
export PYTHONUNBUFFERED := 1

TOPOLOGY ?= single
DATA ?=
# What was typed after `make`: MAIL and its like are in many people's environment.
typed = $(if $(filter command,$(firstword $(origin $(1)))),$($(1)))

python := .venv/bin/python
ready-for-demo = scripts/bootstrap packages demo && scripts/bootstrap python demo
ready-for-test = scripts/bootstrap packages demo test && scripts/bootstrap python test
ready-for-hosts = scripts/bootstrap packages demo test && scripts/prepare test bookworm trixie

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: demo
demo: ## A verified MozTrap on disposable hosts [TOPOLOGY=single|multi] [DATA=folder of exported cases [PRODUCT= VERSION=]]
	@scripts/demo "$(TOPOLOGY)" "$(DATA)" "$(call typed,PRODUCT)" "$(call typed,VERSION)"

.PHONY: demo-down
demo-down: ## Remove the demo and everything on it
	@if [ -x $(python) ]; then $(python) -m testbed down "$(TOPOLOGY)"; else echo "There is no demo."; fi

.PHONY: demo-mail
demo-mail: ## Show the last mail that the demo's site sent
	@$(ready-for-demo) && $(python) -m testbed mail "$(TOPOLOGY)"

.PHONY: status
status: ## How the sites of the disposable hosts stand, or that of another inventory [INVENTORY=]
	@$(ready-for-demo) && $(python) -m testbed status --inventory "$(call typed,INVENTORY)"

.PHONY: inventory
inventory: ## Write an inventory with generated, encrypted secrets: NAME= [HOSTS= SERVER_NAME= MAIL= RELAY=]
	@scripts/bootstrap python demo && $(python) -m inventories.generator --name="$(call typed,NAME)" \
	    --hosts="$(call typed,HOSTS)" --server-name="$(call typed,SERVER_NAME)" \
	    --mail="$(call typed,MAIL)" --relay="$(call typed,RELAY)"

.PHONY: lint
lint: ## Check style, types and Ansible practice
	@$(ready-for-test) && $(python) -m tests.run lint

.PHONY: test-fast
test-fast: ## Lint, unit tests, and the application's tests on SQLite: the inner loop
	@$(ready-for-test) && $(python) -m tests.run lint unit app-sqlite

.PHONY: test
test: ## Everything that proves the product, on disposable hosts too
	@$(ready-for-hosts) && $(python) -m tests.run lint unit app-mariadb default browser elsewhere rolling-nginx

.PHONY: test-all
test-all: ## The same and what takes longer; what passed on this very tree is not run again
	@$(ready-for-hosts) && $(python) -m tests.run --resume \
	    lint unit commands app-sqlite app-mariadb default browser elsewhere rolling-nginx multi \
	    guide rolling trouble held-nginx trouble-nginx several-nginx assets assets-faults backup mail external \
	    acme acme-balancers provided-balancers oidc \
	    options-1 options-2 options-3 options-4 options-5 options-6 options-7 options-8 \
	    faults-database faults-web faults-hosts killed-1 killed-2 killed-3 \
	    debian13 debian-upgrade mysql database-move app-mysql app-vendor

.PHONY: run
run: ## The application's development server on SQLite, on port 8000
	@$(ready-for-test) && cd app && ../$(python) manage.py migrate --verbosity=0 && \
	    exec ../$(python) manage.py runserver

.PHONY: bench-converge
bench-converge: ## Time a converge against one shell script that does the same work
	@$(ready-for-test) && $(python) -m bench.converge

.PHONY: bench-release
bench-release: ## Release and go back on a demo under 10,000 requests, and count those that failed [TOPOLOGY=single]
	@$(ready-for-test) && $(python) -m bench.release "$(TOPOLOGY)"

.PHONY: bench-assets
bench-assets: ## Time moving and proving 10,000 assets against rsync and a plain client
	@$(ready-for-test) && $(python) -m bench.assets

.PHONY: bench-results
bench-results: ## Count the results a second that a demo takes through the API [TOPOLOGY=single]
	@$(ready-for-test) && $(python) -m bench.results "$(TOPOLOGY)"

.PHONY: bench-bulk
bench-bulk: ## Time work in bulk on a demo, and see what requests hold in memory [TOPOLOGY=single]
	@$(ready-for-test) && $(python) -m bench.bulk "$(TOPOLOGY)"

.PHONY: bench-options
bench-options: ## Compare the servers and caches to choose from on a demo of one host [TOPOLOGY=single]
	@$(ready-for-test) && $(python) -m bench.options "$(TOPOLOGY)"

.PHONY: bench-app
bench-app: ## Time every kind of page of a large site with thirty people reading [TOPOLOGY=single]
	@$(ready-for-test) && $(python) -m bench.app "$(TOPOLOGY)"

.PHONY: lock
lock: ## Resolve the *.in files into hash-locked requirements
	@scripts/bootstrap python demo && scripts/lock
