# What matters: `make bench` measures, `make suites` measures and tests all, `make test` tests the bench itself. Each sets
# up what is missing.

BOARD   ?= mps2-an385
POOL    ?= qemu
PROFILE ?=
MBEDTLS ?= 3.6
SUITES  ?= handshake ram blocking network
ARGS    ?=
INSTRUMENT ?= address
SECONDS ?= 60
PYTHON  ?= python3
BIN     := .venv/bin

.PHONY: bench suites boards compare offload test fuzz coverage lint format benchmark setup clean help

bench: ## measure on a board, or on several at once: make bench [BOARD="mps2-an385 mps2-an385"] [PROFILE=default|small] [MBEDTLS=3.6|2.28] [SUITES=...] [ARGS=...]
	@$(PYTHON) tools/bootstrap.py bench
	@TLSBENCH_INSTRUMENT=$(INSTRUMENT) $(BIN)/tlsbench run $(BOARD:%=--board %) $(PROFILE:%=--profile %) --mbedtls $(MBEDTLS) $(SUITES) $(ARGS)

suites: SUITES = # all there are
suites: bench ## as make bench, with every suite: all that the socket API promises

boards: ## every suite on every emulated board, and one table: make boards [POOL="qemu native"] [PROFILE=...] [SUITES=...]
boards: SUITES = # all there are
boards:
	@$(PYTHON) tools/bootstrap.py bench
	@$(BIN)/tlsbench run --each $(POOL:%=--board-pool %) $(PROFILE:%=--profile %) --mbedtls $(MBEDTLS) $(SUITES) $(ARGS)

# Both runs are made and compared even where a test failed; the exit status tells of it.
compare: ## both generations of Mbed TLS beside each other: make compare [BOARD=...] [PROFILE=...] [SUITES=...]
	@$(PYTHON) tools/bootstrap.py bench
	@status=0; for generation in 3.6 2.28; do \
	  $(BIN)/tlsbench run --board $(BOARD) $(PROFILE:%=--profile %) --mbedtls $$generation \
	    --out out/mbedtls-$$generation $(SUITES) $(ARGS) || status=$$?; [ $$status -le 1 ] || exit $$status; done; \
	$(BIN)/tlsbench compare out/mbedtls-3.6/latest out/mbedtls-2.28/latest \
	  --html out/compare-$(BOARD)$(PROFILE:%=-%).html || status=$$?; exit $$status

# As compare does.
offload: BOARD = netduinoplus2
offload: SUITES = handshake ram
offload: ## TLS on the board beside TLS offloaded to the host: make offload [BOARD=...] [PROFILE=...] [SUITES=...]
	@$(PYTHON) tools/bootstrap.py bench
	@status=0; for configuration in "" offload-tls; do \
	  $(BIN)/tlsbench run --board $(BOARD) $(PROFILE:%=--profile %) --mbedtls $(MBEDTLS) --configuration "$$configuration" \
	    --out out/tls-$${configuration:-on-board} $(SUITES) $(ARGS) || status=$$?; [ $$status -le 1 ] || exit $$status; done; \
	$(BIN)/tlsbench compare out/tls-on-board/latest out/tls-offload-tls/latest \
	  --html out/offload-$(BOARD)$(PROFILE:%=-%).html || status=$$?; exit $$status

# Four at a time, for half of it is waiting; a file's tests stay together, for they share a board.
test: ## test the bench itself: make test [ARGS='-k fault'] [ARGS='-n 0']
	@$(PYTHON) tools/bootstrap.py bench test
	@$(BIN)/python tests/host/images.py
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: ## look for inputs that break the firmware: make fuzz [SECONDS=60]
	@$(PYTHON) tools/bootstrap.py bench fuzz
	@$(BIN)/python tools/fuzz.py --seconds $(SECONDS) $(ARGS)

coverage: ## which lines of the socket API no test reaches
	@$(PYTHON) tools/bootstrap.py bench test
	@$(BIN)/python tools/coverage.py

lint: ## check style, types and common mistakes in Python, Robot and C++ sources
	@$(PYTHON) tools/bootstrap.py bench lint
	@$(BIN)/python tools/lint.py $(ARGS)

format: ## rewrite the sources as `make lint` wants them
	@$(PYTHON) tools/bootstrap.py bench lint
	@$(BIN)/python tools/lint.py --fix $(ARGS)

benchmark: ## the figures the project promises, against their limits
	@$(PYTHON) tools/bootstrap.py bench
	@$(BIN)/python -m benchmark $(ARGS)

setup: ## only set up what the targets above need
	@$(PYTHON) tools/bootstrap.py bench test lint

clean: ## remove builds and results; the environment and the download cache stay
	rm -rf build out .mypy_cache .ruff_cache .pytest_cache

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12
