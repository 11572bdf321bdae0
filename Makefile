# The front door; CMake does the building. `make help` lists what there is.
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=
CMAKE_GENERATOR ?= $(if $(shell command -v ninja),Ninja,Unix Makefiles)
export CMAKE_GENERATOR

.PHONY: all release asan demo test fuzz debian13 arm64 bench install deps check clean help

all: build/release/.configured ## build the program: build/release/evenhand
	@cmake --build build/release -j$(JOBS) --target evenhand

release: build/release/.configured ## build the program, both libraries and the tests
	@cmake --build build/release -j$(JOBS)

asan: build/asan/.configured ## the same with the address and undefined-behaviour sanitizers
	@cmake --build build/asan -j$(JOBS)

demo: ## find, measure and mend a biased model; leaves demo/report.html
	@tools/deps.sh build
	@$(MAKE) --no-print-directory all
	@rm -rf demo
	@build/release/evenhand demo --output demo

test: ## run all tests, in the optimised build and under the sanitizers
	@tools/deps.sh test
	@$(MAKE) --no-print-directory release asan
	@tools/test.sh -j $(JOBS) build/release build/asan

debian13: ## build and test the last commit with Debian 13's compiler and libraries, unpacked below build/debian13
	@tools/debian13.sh $(DEBIAN13)

arm64: ## build the last commit for 64-bit Arm with Debian 13's cross compiler and run its quick unit programs in an emulator, below build/arm64
	@tools/arm64.sh $(ARM64)

fuzz: build/fuzz/.configured ## throw damaged input at every parser, FUZZ_SECONDS (default 60) each; needs clang
	@cmake --build build/fuzz -j$(JOBS) --target fuzz
	@tools/fuzz.sh build/fuzz $(or $(FUZZ_SECONDS),60) $(FUZZ_TARGETS)

check: ## judge formatting, layers, sizes, banned functions, names, headers, clang-tidy
	@tools/deps.sh test
	@tools/check.sh

bench: all ## measure speed
	@bench/compare.sh build/release/evenhand

install: build/release/.configured ## install below PREFIX (default /usr/local); DESTDIR is put in front
	@cmake --build build/release -j$(JOBS) --target evenhand evenhand_static evenhand_shared documents
	@DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)"

deps: ## install the Debian packages that are missing
	@tools/deps.sh test && echo "evenhand: all packages are there"

clean: ## remove everything that was built
	rm -rf build web/dist demo

help: ## show this
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# A stamp, not CMakeCache.txt: that file also exists after a set-up that failed.
.PRECIOUS: build/%/.configured
build/%/.configured:
	@mkdir -p build/$*
	@cmake --preset $* > build/$*/configure.log 2>&1 || { cat build/$*/configure.log; \
	    echo "evenhand: the build could not be set up; 'make deps' installs what is missing." >&2; exit 1; }
	@touch $@
