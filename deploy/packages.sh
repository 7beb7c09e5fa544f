#!/usr/bin/env bash
# Installs the Debian 12 packages that Sisumail needs, by name, where they are missing.
#   deploy/packages.sh build         to build and run the programs
#   deploy/packages.sh quickstart    and to send them a message by hand
#   deploy/packages.sh test          and to run all tests
# SISUMAIL_SHOW_APT=1 shows what apt-get prints; else only its last lines, if it fails.
set -euo pipefail

build=(
  build-essential ccache cmake ninja-build pkg-config
  libasio-dev libcli11-dev libexpected-dev libfmt-dev libhttp-parser-dev librestinio-dev libspdlog-dev libsqlite3-dev
  libcurl4-openssl-dev libldns-dev libtomlplusplus-dev
  libssh-dev libssl-dev nlohmann-json3-dev prometheus-cpp-dev openssh-client openssl
)
quickstart=(curl netcat-openbsd)
test=(
  age bind9-dnsutils clang clang-format clang-tidy dovecot-imapd git groff-base ifupdown iproute2 knot
  knot-dnssecutils knot-dnsutils libbenchmark-dev libgmock-dev libclang-rt-14-dev libgtest-dev mandoc mutt ndppd
  openssh-server pebble postfix procps python3 python3-asyncssh shellcheck strace swaks systemd unbound util-linux
  zlib1g-dev zsh
)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  quickstart) wanted=("${build[@]}" "${quickstart[@]}") ;;
  test) wanted=("${build[@]}" "${quickstart[@]}" "${test[@]}") ;;
  *)
    echo "usage: deploy/packages.sh build|quickstart|test" >&2
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
output=$log
[ -z "${SISUMAIL_SHOW_APT:-}" ] || output=/dev/stdout
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
if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$output" 2>&1; then
  tail -n 20 "$log" >&2
  echo "deploy/packages.sh: apt-get could not install them (its last lines are above)" >&2
  exit 1
fi
