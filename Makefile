# The commands of the project; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# Nothing here is a file, and nothing runs next to another target of the same call.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PRESET ?= dev
JOBS ?= $(shell nproc)
LOCAL := deploy/local

.PHONY: help
help: ## List every target
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: install ## Build, start everything in the background, place a few orders (keeps data; quick the second time); OBS=1: with Prometheus
	@$(LOCAL)/up.sh $(if $(OBS),--obs)

.PHONY: test
test: install ## Build (PRESET=dev) and run every test and check; ONLY=<regex> or LABEL=<label> picks some
	@$(LOCAL)/build.sh $(PRESET)
	@ctest --test-dir build/$(PRESET) --output-on-failure -j$(JOBS) $(if $(ONLY),-R '$(ONLY)') $(if $(LABEL),-L '$(LABEL)')

.PHONY: down
down: ## Stop what `make run` started; data stays
	@$(LOCAL)/down.sh

.PHONY: reset
reset: ## Stop everything and delete its data
	@$(LOCAL)/reset.sh

.PHONY: status
status: ## Say what is up, and where
	@$(LOCAL)/status.sh

.PHONY: logs
logs: ## Follow the logs; NAME=order-service for one process
	@$(LOCAL)/logs.sh $(NAME)

.PHONY: psql
psql: ## Open the local database; DB=orders|payments|inventory|notifications|provider
	@$(LOCAL)/postgres.sh psql $(or $(DB),orders)

.PHONY: demo
demo: ## Place ORDERS=100 mixed orders on the running stack and reconcile them
	@build/release/bin/orderctl demo --orders $(or $(ORDERS),100)

.PHONY: verify
verify: ## Check the running stack: every order, payment, stock and notification must add up
	@$(LOCAL)/verify.sh --quiesced --within 60 --pending-mail-ok

.PHONY: install
install: ## Install the missing Debian packages (as root or with sudo)
	@tools/install/install.sh

.PHONY: build
build: install ## Build everything, optimized, into build/release
	@$(LOCAL)/build.sh release

.PHONY: lint
lint: install ## Run only the checks that read the code: format, clang-tidy, layering, protos, shell, spelling, links
	@$(LOCAL)/build.sh dev
	@ctest --test-dir build/dev --output-on-failure -j$(JOBS) -L lint

.PHONY: format
format: ## Format the C++ and proto files
	@tools/lint/format_check.sh --fix

.PHONY: docs
docs: build ## Write the pages that are made from binaries and tables: settings, metrics, sagas, planted bugs; and the dashboards
	@tools/docs/generate.sh build/release/bin

.PHONY: asan
asan: install ## Unit tests and the simulation under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(LOCAL)/build.sh asan unit_tests simulation
	@ctest --test-dir build/asan --output-on-failure -j$(JOBS) -L 'unit|simulation'

.PHONY: tsan
tsan: install ## Unit tests and the simulation under ThreadSanitizer
	@$(LOCAL)/build.sh tsan unit_tests simulation
	@ctest --test-dir build/tsan --output-on-failure -j$(JOBS) -L 'unit|simulation'

.PHONY: simulate
simulate: install ## Play SEEDS=1000000 schedules of faults; SEED=<first>, TRACE=1 prints the timeline of one
	@$(LOCAL)/build.sh release simulation
	@build/release/bin/simulation --first $(or $(SEED),1) $(if $(TRACE),--seeds 1 --trace,--seeds $(or $(SEEDS),1000000))

.PHONY: fuzz
fuzz: install ## Feed every parser with made-up bytes, SECONDS=60 for each; TARGET=<name> picks one
	@tests/fuzz/fuzz.sh $(or $(SECONDS),60) $(TARGET)

.PHONY: fault
fault: install ## Play ROUNDS=10 rounds of faults on a stack of its own (PRESET=dev: release has no crash points); SEED=<first>, ONLY=<part of a fault's name> plays each of these
	@$(LOCAL)/build.sh $(PRESET)
	@$(if $(filter unknown-outcomes,$(ONLY)),tests/fault/unknown_outcomes.sh build/$(PRESET),\
	  ORDERFLOW_BUILD_DIR=$(CURDIR)/build/$(PRESET) build/$(PRESET)/bin/fault \
	  $(if $(ROUNDS),--rounds $(ROUNDS)) --seed $(or $(SEED),1) $(if $(ONLY),--only '$(ONLY)'))

.PHONY: planted-bugs
planted-bugs: install ## Plant one known bug after the other; a check must notice each. ONLY=<name>,... picks some
	@tests/planted_bugs/planted_bugs.sh $(if $(ONLY),--only '$(ONLY)')

.PHONY: bench
bench: build ## Measure confirmed orders per second and latency against the database's own ceiling
	@tests/load/bench.sh

.PHONY: install-bench
install-bench: ## Install what `make bench-full` and tools/capacity need
	@tools/install/install.sh --list packages-bench.txt

.PHONY: bench-full
bench-full: build install-bench ## Measure every figure of docs/performance.md and write that page; ONLY=<figure>,... picks some, FULL_SHORT=1 tries them
	@ONLY='$(ONLY)' FULL_SHORT='$(FULL_SHORT)' tests/load/bench_full.sh

.PHONY: overload
overload: build ## Offer ten times the sustainable rate for a minute: goodput, latency, memory, recovery
	@tests/load/overload.sh

# The binaries that the images are made of.
IMAGE_TARGETS = $(shell source deploy/docker/images.sh && image_names)

.PHONY: install-engine
install-engine: ## Install a container engine, docker-compose and what their tests need
	@tools/install/install.sh --list packages-containers.txt

.PHONY: images
images: ## Build the images; BINARIES=build/release/bin packs built binaries instead of compiling inside
	@deploy/docker/build.sh

.PHONY: images-test
images-test: install install-engine ## Build the images here and prove that each runs read-only, without rights, and stops
	@$(LOCAL)/build.sh release $(IMAGE_TARGETS)
	@tests/containers/images_test.sh build/release/bin || test $$? = 77

.PHONY: compose-test
compose-test: install install-engine ## Bring deploy/compose up for real: ORDERS=200 mixed orders, the checker, down
	@$(LOCAL)/build.sh release $(IMAGE_TARGETS)
	@tests/containers/compose_test.sh build/release/bin || test $$? = 77

.PHONY: install-kubernetes
install-kubernetes: ## Install what a Kubernetes node needs of Debian, for `make helm-test`
	@tools/install/install.sh --list packages-kubernetes.txt

.PHONY: helm-test
helm-test: install install-engine install-kubernetes ## Install, upgrade, break and uninstall the chart on a real cluster here (the first run builds Kubernetes)
	@tests/kubernetes/cluster/build.sh || test $$? = 77
	@$(LOCAL)/build.sh release $(IMAGE_TARGETS)
	@$(LOCAL)/build.sh next $(IMAGE_TARGETS)
	@tests/kubernetes/helm_test.sh build/release/bin build/next/bin || test $$? = 77

.PHONY: clean
clean: ## Delete the build folders
	@rm -rf build
