# make run        build the engine and serve the built-in demo center
# make test       everything that has to pass before a change goes in
# make lint       golangci-lint, built into bin/ at the first time (about three minutes)
# make generate   write the generated files anew
# make crash      kill -9 the engine 200 times under load, and under 50 talking calls
# make sim        100,000 seeds of the simulator
# make bench-smoke  the figures of one run on this machine, short
# make bench      the same at length, written to docs/benchmarks

GOLANGCI := v2.15.0
SOURCES  := $(shell find . -name '*.go' -not -path './bin/*' -not -path './data/*' 2>/dev/null) go.mod go.sum
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null)

.PHONY: build run test sim crash quick lint generate check-generate bench-smoke bench clean

build: bin/wirechief

bin/wirechief: $(SOURCES) config/demo.yml
	go build -trimpath -ldflags '-X main.version=$(VERSION)' -o $@ ./cmd/wirechief

# ARGS go to serve: make run ARGS='--sip-udp 192.0.2.10:5060 --advertise 192.0.2.10'
run: bin/wirechief
	bin/wirechief serve $(ARGS)

test:
	tools/test.sh

# The same without the race detector.
quick:
	RACE=0 tools/test.sh

lint: bin/golangci-lint-$(GOLANGCI)
	bin/golangci-lint-$(GOLANGCI) run ./...

bin/golangci-lint-$(GOLANGCI):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	mv bin/golangci-lint $@

generate:
	tools/setup.sh --tools
	go generate ./...

check-generate:
	tools/setup.sh --tools
	tools/checkgen.sh

# About a minute and a half on two cores: the engine on one, callers and phones on the other. Figures in out/ too.
# ARGS go to the tests: make crash ARGS='-kills 1000 -seed 7'
crash:
	go test -v -count=1 -timeout 60m ./cmd/wirechief/crash -kills 200 $(ARGS)

# ARGS go to the command: make sim ARGS='--from 100000 --shrink'
sim: bin/wirechief
	bin/wirechief sim --seeds 100000 $(ARGS)

bench-smoke: bin/wirechief
	go run ./bench/smoke

# The long form, which becomes a page of docs.
bench: bin/wirechief
	go run ./bench/smoke -long -page docs/benchmarks/$(shell date -u +%F).md

clean:
	rm -rf bin out
