# The only build file of the C side. `make help` lists the everyday commands.
# FLAVOUR: release (default), asan, tsan, fuzz; each builds into its own folder, so switching costs nothing.

CC       ?= gcc
FLAVOUR  ?= release
B        := build$(if $(filter release,$(FLAVOUR)),,/$(FLAVOUR))
GEN      := build/gen
WERROR   ?=

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes \
        -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wnull-dereference \
        -Wimplicit-fallthrough -Wswitch-enum $(if $(WERROR),-Werror)
IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null))
ifeq ($(IS_CLANG),)
WARN += -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wformat-signedness
endif

HARDEN := -fno-common -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
OPT_release := -O2 -g $(HARDEN) -D_FORTIFY_SOURCE=2
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_tsan    := -O1 -g -fsanitize=thread
OPT_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
# gcc 12 raises false null-dereference alarms under its sanitizers
WARN_asan := -Wno-null-dereference
WARN_tsan := -Wno-null-dereference
LD_release  := -pie -Wl,-z,relro,-z,now,-z,noexecstack
LD_asan     := -fsanitize=address,undefined
LD_tsan     := -fsanitize=thread
LD_fuzz     := -fsanitize=fuzzer,address,undefined

PKGS     := libpq jansson libcurl libsodium libcrypto libmicrohttpd libarchive zlib
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
CPPFLAGS := -D_GNU_SOURCE -Iinclude -I$(GEN) $(PKG_CFLAGS)
CFLAGS   := -std=c17 $(OPT_$(FLAVOUR)) $(WARN) $(WARN_$(FLAVOUR)) -ffile-prefix-map=$(CURDIR)=. -pthread
LDFLAGS  := $(LD_$(FLAVOUR)) -pthread
LDLIBS   := $(shell pkg-config --libs $(PKGS)) -linih -lm

SRC      := $(sort $(wildcard backend/*/*.c))
GEN_SRC  := $(GEN)/db/sql_gen.c $(GEN)/http/words_gen.c
OBJ      := $(SRC:backend/%.c=$(B)/obj/%.o) $(GEN_SRC:$(GEN)/%.c=$(B)/obj/gen/%.o)
LIB_OBJ  := $(filter-out $(B)/obj/main/main.o,$(OBJ))
LIB      := $(B)/libtanggap.a

UNIT     := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT:tests/unit/%.c=$(B)/unit/%)
DBT      := $(sort $(wildcard tests/db/test_*.c))
DBT_BIN  := $(DBT:tests/db/%.c=$(B)/dbtest/%)
FUZZ     := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ:tests/fuzz/%.c=$(B)/fuzz/%)
CONTRACT := $(B)/tests/step_drive

.PHONY: all build help web clean gen unit-bins dbtest-bins fuzz-bins contract-bins
all: build web
build: $(B)/tanggap

help:
	@printf '%s\n' \
	  'make            builds build/tanggap and the panel (web/dist)' \
	  'make run        installs, builds and serves with a demo business (deploy/run)' \
	  'make check      installs and runs every test (deploy/check)' \
	  'make unit       unit tests under ASan and UBSan' \
	  'make tsan       what uses threads, under TSan' \
	  'make check-sanitizer  mistakes that lint and sanitizers must catch' \
	  'make db         database tests on a private cluster' \
	  'make e2e        whole programs against fake platforms' \
	  'make contract   what we say to platforms, against their specifications' \
	  'make browser    the panel in Chromium' \
	  'make crash RUNS=20   kills the parts at random and counts what is left' \
	  'make bench      one table: us beside the ceiling, in one run' \
	  'make fuzz HOURS=1    every parser' \
	  'make lint       layers, sizes, banned functions, headers, words' \
	  'make format     clang-format in place'

$(B)/tanggap: $(B)/obj/main/main.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIB): $(LIB_OBJ)
	@rm -f $@
	ar qcs $@ $^

$(B)/obj/%.o: backend/%.c | gen
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Statements and migrations are embedded, so binary and SQL cannot drift apart.
gen: $(GEN)/db/sql_gen.h $(GEN)/http/words_gen.h
$(GEN)/db/sql_gen.c $(GEN)/db/sql_gen.h &: backend/db/embed.awk $(sort $(wildcard sql/queries/*.sql sql/migrations/*.sql)) sql/grants.sql
	@mkdir -p $(@D)
	awk -v out=$(GEN)/db/sql_gen -f backend/db/embed.awk $(sort $(wildcard sql/queries/*.sql)) $(sort $(wildcard sql/migrations/*.sql)) sql/grants.sql
# One catalogue of words makes the server's table and the panel's.
$(GEN)/http/words_gen.c $(GEN)/http/words_gen.h &: web/words/words.awk web/words/words.tsv
	@mkdir -p $(@D)
	awk -v out=$(GEN)/http/words_gen -f web/words/words.awk web/words/words.tsv

unit-bins: $(UNIT_BIN)
dbtest-bins: $(DBT_BIN)
fuzz-bins: $(FUZZ_BIN)
contract-bins: $(CONTRACT)
$(B)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) $(LDLIBS) -lcmocka
$(B)/dbtest/%: tests/db/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/db $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) $(LDLIBS) -lcmocka
$(B)/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/fuzz $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) $(LDLIBS)
$(B)/tests/%: tests/contract/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) $(LDLIBS)

web:
	$(MAKE) -C web

# Threads are what these are about, so they run under TSan too.
TSAN_BIN := $(filter %/test_workq %/test_sse %/test_bridge %/test_hooks %/test_httpc,$(UNIT_BIN))
tsan-bins: $(TSAN_BIN)
$(B)/broken: tests/unit/broken/broken.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -w -o $@ $<

.PHONY: run check unit tsan tsan-bins check-sanitizer db e2e contract browser crash bench fuzz lint format
run: ; ./deploy/run
check: ; ./deploy/check
unit: ; $(MAKE) FLAVOUR=asan unit-bins && tests/unit/run build/asan/unit
tsan: ; $(MAKE) FLAVOUR=tsan tsan-bins && tests/unit/run build/tsan/unit
check-sanitizer: ; tests/lint/selftest && $(MAKE) FLAVOUR=asan build/asan/broken && $(MAKE) FLAVOUR=tsan build/tsan/broken && \
	tests/unit/broken/run build/asan/broken build/tsan/broken
db: ; $(MAKE) build dbtest-bins && tests/db/run build/dbtest
e2e: ; $(MAKE) build && tests/e2e/run
# What the tests outside C bring along: browser driver, specification checker, the peer that bench compares with.
tests/node_modules/.package-lock.json: tests/package-lock.json
	cd tests && npm ci --no-audit --no-fund --silent && touch node_modules/.package-lock.json
contract: tests/node_modules/.package-lock.json ; $(MAKE) build && tests/contract/run
browser: tests/node_modules/.package-lock.json ; $(MAKE) all && tests/browser/run
crash: ; $(MAKE) build && tests/e2e/crash $(or $(RUNS),1)
bench: tests/node_modules/.package-lock.json ; $(MAKE) all && tests/bench/run
fuzz: ; CC=clang $(MAKE) FLAVOUR=fuzz fuzz-bins && tests/fuzz/run build/fuzz/fuzz $(or $(HOURS),1)h
lint: ; tests/lint/run
.PHONY: print-flags
print-flags: ; @echo $(CPPFLAGS) -std=c17 $(WARN)
format: ; clang-format -i $(SRC) $(shell find tests backend -name '*.[ch]')

clean: ; rm -rf build web/dist web/src/gen

-include $(shell find $(B) -name '*.d' 2>/dev/null)
