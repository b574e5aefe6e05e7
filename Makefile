# Two commands on a fresh machine: `make run` and `make test`. See `make help`.

.DEFAULT_GOAL := help
.PHONY: help run test test-odoo lint format i18n screenshots bench

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12
	@echo
	@echo "Odoo's command line: scripts/odoo --help"
	@echo "Another Odoo 19:     ODOO_HOME=/path/to/odoo make run"

run: ## the suite with demo data on 127.0.0.1:8069  [PORT=8070] [DB=name] [FRESH=1]
	@scripts/dev run $(if $(PORT),--port=$(PORT)) $(if $(DB),--db=$(DB)) $(if $(FRESH),--fresh)

test: ## all tests, or some  [T=path::Class::test] [K=expression] [KEEP=1]
	@scripts/dev test $(if $(K),-k "$(K)") $(if $(KEEP),--keep) $(T)

test-odoo: ## Odoo's own tests of CRM and mail, with the suite installed  [K=expression]
	@scripts/dev test-odoo $(if $(K),-k "$(K)")

lint: ## ruff and pylint-odoo, with the rules of OCA
	@scripts/dev lint

format: ## put right what ruff can put right
	@scripts/dev format

i18n: ## the texts and READMEs of the addons brought up to date
	@scripts/dev i18n

screenshots: ## the pictures of the Apps entry and the manual, taken anew  [ONLY="overview todo"]
	@scripts/dev screenshots $(ONLY)

bench: ## the benchmarks  [SIZE=small] [ONLY="capture refresh"] [ARGS="more options"]
	@scripts/dev bench $(if $(SIZE),--size=$(SIZE)) $(if $(ONLY),--only="$(ONLY)") $(if $(ARGS),-- $(ARGS))
