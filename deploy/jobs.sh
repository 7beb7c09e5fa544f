#!/usr/bin/env bash
# How many compilers to run at once: one per core, but no more than the memory holds (1.2 GB for the largest file).
set -euo pipefail
cores=$(nproc)
available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
by_memory=$((available / 1200000))
jobs=$((cores < by_memory ? cores : by_memory))
echo $((jobs > 0 ? jobs : 1))
