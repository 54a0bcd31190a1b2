#!/usr/bin/env bash
# Generates everything anew in a copy of the tree and fails when a committed file differs. The work tree stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do
  [ -e "$f" ] && printf '%s\0' "$f"
done | xargs -0 cp --parents -t "$copy"
ln -s "$PWD/bin" "$copy/bin"
(cd "$copy" && go generate ./...)
# The version of protoc stands in its output; another one that writes the same code is as good. What is only here is
# ignored by git; what is only in the copy was generated and never committed.
changed=$(diff -r -q -I '^//.*protoc ' --exclude=bin --exclude=.git --exclude=data --exclude=out --exclude=node_modules \
  . "$copy" | grep -v '^Only in \.' || true)
if [ -n "$changed" ]; then
  echo "generated files are not current (make generate):" >&2
  sed "s#$copy#generated#" <<<"$changed" >&2
  exit 1
fi
