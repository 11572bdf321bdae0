# The front door; CMake does the building. `make help` lists what there is.
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=
CMAKE_GENERATOR ?= $(if $(shell command -v ninja),Ninja,Unix Makefiles)
export CMAKE_GENERATOR

.PHONY: all asan demo test bench install deps check clean help

all: build/release/.configured ## build the program: build/release/evenhand
	@cmake --build build/release -j$(JOBS)

asan: build/asan/.configured ## build with the address and undefined-behaviour sanitizers: build/asan/evenhand
	@cmake --build build/asan -j$(JOBS)

.PRECIOUS: build/%/.configured
build/%/.configured:
	@mkdir -p build/$*
	@cmake --preset $* > build/$*/configure.log 2>&1 || { cat build/$*/configure.log; \
	    echo "evenhand: the build could not be set up; 'make deps' installs what is missing." >&2; exit 1; }
	@touch $@

clean: ## remove everything that was built
	rm -rf build web/dist
