#!/usr/bin/env bash
# run.sh FILE.py ARGUMENTS...: with Python 3.9 or newer; else skipped (77), with a word.
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || { echo "skipped: no python3 of version 3.9 or newer"; exit 77; }
exec python3 -B "$@"
