#!/usr/bin/env bash
# Builds this tree against LibTorch 2.x (the CUDA build in PyPI's torch wheel) without ITK, and runs the tests on the CPU.
#
#   tools/libtorch2.sh [folder=/tmp/synerbench-libtorch2] [ctest arguments ...]
#
# The folder gets venv/ (about 6 GB, made once) and build/; remove it when done. TORCH_VERSION=2.11.0 picks a version, JOBS=n the
# number of compilers. The wheel's CMake files want the CUDA toolkit (nvcc) whose major version fits; no GPU is needed.
set -euo pipefail
folder=${1:-/tmp/synerbench-libtorch2}
shift || true
root=$(cd "$(dirname "$0")/.." && pwd)
jobs=${JOBS:-$(nproc)}

fail() { echo "libtorch2: $*" >&2; exit 1; }
for tool in cmake ninja python3; do command -v $tool >/dev/null || fail "$tool is missing: apt-get install cmake ninja-build python3-venv"; done
if ! command -v nvcc >/dev/null; then
  [ -x "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" ] || fail "no nvcc: install the CUDA toolkit, or set CUDA_HOME to where it is"
  export PATH="${CUDA_HOME:-/usr/local/cuda}/bin:$PATH"
fi
mkdir -p "$folder"
[ "$(df --output=avail -k "$folder" | tail -n 1)" -gt 12000000 ] || [ -d "$folder/venv" ] || fail "$folder: 12 GB of free disk are needed"

python=$folder/venv/bin/python
if ! "$python" -c 'import torch' 2>/dev/null; then
  echo "== torch${TORCH_VERSION:+ $TORCH_VERSION} into $folder/venv"
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --no-cache-dir "torch${TORCH_VERSION:+==$TORCH_VERSION}" numpy
fi
prefix=$("$python" -W ignore -c 'import torch; print(torch.utils.cmake_prefix_path)')
echo "== LibTorch $("$python" -W ignore -c 'import torch; print(torch.__version__)'), nvcc $(nvcc --version | grep -oE 'release [0-9.]+' | cut -d' ' -f2)"

launcher=()
command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
cmake -S "$root" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSYNERBENCH_WITH_ITK=OFF -DCMAKE_PREFIX_PATH="$prefix" \
  "${launcher[@]}" >"$folder/configure.log" 2>&1 || { tail -n 40 "$folder/configure.log"; fail "configuring failed: $folder/configure.log"; }
start=$(date +%s)
cmake --build "$folder/build" -j "$jobs"
echo "== built in $(($(date +%s) - start)) s; it runs against"
ldd "$folder/build/app/synerbench" | grep -E 'libtorch(_cpu)?\.so|libc10\.so' || true
# Waiting threads sleep: spinning ones cost minutes where several tests share the cores.
export OMP_WAIT_POLICY=passive
cd "$folder/build"
ctest --output-on-failure -LE 'slow|gpu' -j "$jobs" "$@"
