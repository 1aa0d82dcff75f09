#!/usr/bin/env bash
# Draws docs/images/floors.svg and the table of floors in docs/architecture.md anew, from the includes of the sources
# and tests/repository/floors.txt. A test compares both, so run this after rooms or includes have changed.
#
#   tools/draw-floors.sh [build folder = build/release]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/release}
cmake --build "$build" --target draw_floors
"$build/tests/repository/draw_floors"
git -C "$root" status --short docs/images/floors.svg docs/architecture.md
