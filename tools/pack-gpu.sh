#!/usr/bin/env bash
# Packs what a GPU machine without network needs to build SynerBench and train: this commit's sources, the libraries it may lack
# (headers and shared libraries from Debian packages) and, optionally, a slice store.
#
#   tools/pack-gpu.sh FILE.tar.gz [STORE]
#
# The GPU machine: Linux on x86-64, glibc 2.36 or newer, g++ 11 or newer, CMake 3.25 or newer, ninja or make, the CUDA toolkit and a Python
# with torch 2.x. ITK is not needed: stores are made here. What to do there is printed at the end and stands in the pack's BUILD.txt.
set -euo pipefail
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; }
[ $# -ge 1 ] || { usage; exit 1; }
case $1 in -h | --help) usage; exit 0 ;; esac
output=$(realpath -m "$1")
store=${2:-}
root=$(cd "$(dirname "$0")/.." && pwd)
packages=(nlohmann-json3-dev libcli11-dev libfmt-dev libfmt9 libutfcpp-dev libssl-dev libssl3 zlib1g-dev zlib1g libdeflate-dev libdeflate0 libzip-dev libzip4 libgtest-dev libgmock-dev
          libicu-dev libicu72)

fail() { echo "pack-gpu: $*" >&2; exit 1; }
[ -z "$store" ] || [ -f "$store/manifest.json" ] || fail "$store: no manifest.json, so no slice store; make one with synerbench import"
[ -z "$(git -C "$root" status --porcelain)" ] || echo "pack-gpu: uncommitted changes are left out; the pack is commit $(git -C "$root" rev-parse --short HEAD)" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/synerbench-gpu
mkdir -p "$pack/prefix" "$work/debs"

echo "== sources"
# A clone, not an archive: results name the commit they were made by.
git clone -q --depth 1 "file://$root" "$pack/source"

echo "== packages: ${packages[*]}"
(cd "$work/debs" && chmod 777 . && apt-get download -q "${packages[@]}" >"$work/apt.log" 2>&1) || { tail "$work/apt.log"; fail "apt-get download failed; run apt-get update first"; }
for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$pack/prefix"; done
# Debian keeps machine-dependent headers where only its own compiler looks, and runtime libraries partly in /lib.
cp -a "$pack/prefix/usr/include/x86_64-linux-gnu/." "$pack/prefix/usr/include/"
[ ! -d "$pack/prefix/lib" ] || { cp -a "$pack/prefix/lib/." "$pack/prefix/usr/lib/"; rm -r "$pack/prefix/lib"; }
# Shared libraries are found through the run path; of the static ones only GoogleTest's are wanted (it has no others).
find "$pack/prefix" -name '*.a' ! -name 'libg[tm]*' -delete
rm -rf "$pack/prefix/usr/share/doc" "$pack/prefix/usr/share/man" "$pack/prefix/usr/bin" "$pack/prefix/usr/lib/x86_64-linux-gnu/icu"

cat >"$pack/build.sh" <<'EOF'
#!/usr/bin/env bash
# Builds SynerBench beside this script; with "test" it also runs the tests.
set -euo pipefail
cd "$(dirname "$0")"
command -v nvcc >/dev/null || export PATH="${CUDA_HOME:-/usr/local/cuda}/bin:$PATH"
torch=$(python3 -W ignore -c 'import torch; print(torch.utils.cmake_prefix_path)')
generator=()
command -v ninja >/dev/null && generator=(-G Ninja)
cmake -S source -B build "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DSYNERBENCH_WITH_ITK=OFF \
  -DCMAKE_PREFIX_PATH="$torch;$PWD/prefix/usr" -DOPENSSL_ROOT_DIR="$PWD/prefix/usr" -DZLIB_ROOT="$PWD/prefix/usr" -DICU_ROOT="$PWD/prefix/usr"
cmake --build build -j "$(nproc)"
if [ "${1:-}" = test ]; then (cd build && OMP_WAIT_POLICY=passive ctest --output-on-failure -LE slow -j "$(nproc)"); fi
EOF
chmod +x "$pack/build.sh"

if [ -n "$store" ]; then
  echo "== store $store"
  cp -rL "$store" "$pack/store"
fi
cat >"$pack/BUILD.txt" <<EOF
SynerBench $(git -C "$root" rev-parse --short HEAD) for a GPU machine without network.

  tar xzf $(basename "$output") && cd synerbench-gpu
  ./build.sh                  # or: ./build.sh test
  build/app/synerbench doctor
  build/app/synerbench train --model pix2pix --suite synermed22 --store store --device cuda --however-long --out weights/pix2pix --resume

The claim's experiment in the minutes that a GPU is lent, in one call (base, arms, controls, scores, reports):

  source/tools/gpu-study.sh store out 900

Bring back weights/ and score it anywhere, with or without a GPU:

  ./synerbench run --suite synermed22 --store STORE --model pix2pix:weights/pix2pix --out runs/pix2pix
EOF
mkdir -p "$(dirname "$output")"
tar -C "$work" -czf "$output.part" synerbench-gpu
mv "$output.part" "$output"
echo "== $output, $(du -h "$output" | cut -f1)"
echo
cat "$pack/BUILD.txt"
