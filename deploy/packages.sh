#!/usr/bin/env bash
# Installs the Debian 12 packages that Sisumail needs, by name, where they are missing.
#   deploy/packages.sh build     to build and run the programs
#   deploy/packages.sh test      to run all tests as well
set -euo pipefail

build=(
  build-essential ccache cmake ninja-build pkg-config
  libasio-dev libcli11-dev libexpected-dev libspdlog-dev libssh-dev libssl-dev nlohmann-json3-dev prometheus-cpp-dev
  openssh-client openssl
)
test=(
  age clang clang-format clang-tidy dovecot-imapd git iproute2 libbenchmark-dev libclang-rt-14-dev libgtest-dev mutt
  mandoc netcat-openbsd openssh-server postfix procps python3 shellcheck swaks zsh
)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${build[@]}" "${test[@]}") ;;
  *)
    echo "usage: deploy/packages.sh build|test" >&2
    exit 2
    ;;
esac

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "packages missing: ${missing[*]}" >&2
  echo "install them as root: apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "installing: ${missing[*]}"
log=$(mktemp)
# Services that a package would start are not wanted: tests start their own, on loopback, and stop them by pid.
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  made_policy=yes
fi
finish() {
  [ "$made_policy" = yes ] && rm -f "$policy"
  rm -f "$log"
}
trap finish EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "deploy/packages.sh: apt-get could not install them (its last lines are above)" >&2
  exit 1
fi
