# What a newcomer types. Each target sets up what it needs; bin/setup says what is missing and how to get it.
.PHONY: demo serve test check bench clean help

KIMPPA = .venv/bin/kimppa
PYTHON_OF_VENV = .venv/bin/python
# What asks a database; the rest would say the same a second time, and so would a browser, which is slow.
WITH_DATABASE = $(filter-out tests/linkage/ tests/marc/ tests/demo/ tests/journeys/ tests/browser/,$(wildcard tests/[!_]*/))

help:
	@echo "make demo    merge six invented libraries' exports and load the shared catalogue"
	@echo "make serve   the catalogue at http://127.0.0.1:8000/"
	@echo "make check   the quick checks, while you work"
	@echo "make test    everything, on SQLite and PostgreSQL, in a real browser"
	@echo "make bench   quality, speed, estimates, peers; rewrites docs/benchmarks.md"
	@echo "make clean   remove what set-up and the demo made"

demo:
	@bin/setup run
	@bin/demo

serve:
	@bin/setup run
	@$(KIMPPA) serve

check:
	@bin/setup dev
	@bin/check

test:
	@bin/setup test
	@bin/check
	$(PYTHON_OF_VENV) -m pytest
	bin/postgres $(PYTHON_OF_VENV) -m pytest $(WITH_DATABASE)

bench:
	@bin/setup test
	$(PYTHON_OF_VENV) -m bench

clean:
	rm -rf .venv node_modules static-npm var
