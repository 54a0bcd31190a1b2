#!/usr/bin/env bash
# All tests: light checks, every package, then the concurrent ones again under the race detector. Each stage prints its
# closing lines; a failing stage does not hide the later ones. The last line says how it went.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p out
failed=()
started=$SECONDS

stage() { # name command...
  local name=$1 from=$SECONDS
  shift
  echo "--- $name"
  if "$@"; then
    echo "--- $name: ok, $((SECONDS - from)) s"
  else
    echo "--- $name: FAILED, $((SECONDS - from)) s"
    failed+=("$name")
  fi
}

format() {
  local files
  files=$(git ls-files -z --cached --others --exclude-standard -- '*.go' | xargs -0 -r ls -d 2>/dev/null | xargs -r gofmt -l)
  [ -z "$files" ] || { echo "gofmt -w is due:"; echo "$files"; return 1; }
}

# Packages that start goroutines or hold locks; the pure ones cannot race (internal/archtest).
concurrent() {
  go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./persistence ./actors/... ./sip/... ./media/... \
    ./api/... ./config/... ./cmd/... ./bench/... 2>/dev/null |
    grep -v -E '/actors/(host|b2bua)$|/sip/(leg|sdp|wire)$|/media/g711$'
}

race() {
  # shellcheck disable=SC2046 # a list of packages
  go test -race -timeout 10m $(concurrent)
}

stage setup tools/setup.sh
stage format format
stage vet go vet ./...
stage generated tools/checkgen.sh
stage tests go test -timeout 10m ./...
[ "${RACE:-1}" = 0 ] || stage race race

if [ ${#failed[@]} -gt 0 ]; then
  echo "=== FAILED after $((SECONDS - started)) s: ${failed[*]}"
  exit 1
fi
echo "=== all tests passed in $((SECONDS - started)) s"
