# make learn · make labs · make test · make notebooks · make lint
ARGS ?=
BIN := .venv/bin

.PHONY: learn labs test notebooks lint environment clean help

help:
	@echo "make learn      open the course in JupyterLab (ARGS=--no-browser on a remote machine)"
	@echo "make labs       open the gallery of labs: every idea under your fingers"
	@echo "make test       run every test"
	@echo "make notebooks  build notebooks/*.ipynb from notebooks/source/*.md"
	@echo "make lint       format check, lint, types"

environment:
	@sh tools/environment.sh

learn: environment
	@sh tools/learn.sh $(ARGS)

labs: environment
	@NOTEBOOK=labs sh tools/learn.sh $(ARGS)

test: environment
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

notebooks: environment
	@$(BIN)/python -m minitransformer.figures
	@$(BIN)/python -m autograder.notebooks

lint: environment
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

clean:
	rm -rf .venv build dist *.egg-info
