#!/usr/bin/env bash
# Installs what building and testing need and this machine lacks: Debian packages (as root) and the code generators.
# With --tools only the generators. Says nothing and changes nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

need_packages() {
  local missing=()
  command -v sipp >/dev/null || missing+=(sip-tester)
  command -v baresip >/dev/null || missing+=(baresip)
  command -v sox >/dev/null || missing+=(sox)
  command -v protoc >/dev/null || missing+=(protobuf-compiler)
  # The race detector and Pebble's compression are C.
  command -v gcc >/dev/null || missing+=(gcc libc6-dev)
  echo "${missing[@]:-}"
}

install_packages() {
  local missing
  missing=$(need_packages)
  [ -n "$missing" ] || return 0
  local root=()
  if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "setup: missing: $missing" >&2
      echo "setup: run as root: apt-get install $missing" >&2
      return 1
    fi
    root=(sudo -n)
  fi
  command -v apt-get >/dev/null || { echo "setup: missing: $missing (no apt-get here)" >&2; return 1; }
  echo "setup: installing $missing"
  # shellcheck disable=SC2086 # a list of names
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c "
    apt-get -q update &&
    apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends $missing" </dev/null >out/setup.log 2>&1 || {
    tail -n 30 out/setup.log >&2
    return 1
  }
  missing=$(need_packages)
  [ -z "$missing" ] || { echo "setup: still missing: $missing" >&2; return 1; }
}

# The generators have the versions that go.mod pins, so that their output is the same everywhere.
install_tools() {
  local want have=
  want=$(go list -m -f '{{.Path}} {{.Version}}' google.golang.org/protobuf github.com/planetscale/vtprotobuf)
  [ -f bin/.tools ] && have=$(cat bin/.tools)
  [ "$want" = "$have" ] && [ -x bin/protoc-gen-go ] && [ -x bin/protoc-gen-go-vtproto ] && return 0
  echo "setup: building the code generators"
  GOBIN="$PWD/bin" go install google.golang.org/protobuf/cmd/protoc-gen-go \
    github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto
  echo "$want" >bin/.tools
}

mkdir -p bin out
[ "${1:-}" = --tools ] || install_packages
install_tools
