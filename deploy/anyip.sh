#!/usr/bin/env bash
# Makes every address of a /64 an address of this machine (AnyIP), now and after a restart, so that the relay can give each
# user one of them. docs/addresses.md explains it.
#   deploy/anyip.sh PREFIX              for instance 2001:db8:1:2::/64; a second run changes nothing
#   deploy/anyip.sh --dry-run PREFIX    says what it would do
#   deploy/anyip.sh --check PREFIX      says what is in order and what is not, listeners on all addresses included
#   deploy/anyip.sh --remove [PREFIX]   undoes exactly what it did
# Options: --uplink DEVICE    the network device that leads to the provider (default: that of the default route)
#          --mode routed|on-link          how the provider brings the /64 (default: looked up)
#          --persist networkd|ifupdown|none    who sets the route at each start (default: looked up)
#          --port N           the port that --check looks at (default 25)
#          --files-under DIR  files go under DIR instead of / (for images and tests)
# Exit status: 0 done or in order, 1 something is not in order, 2 the command line is wrong.
set -euo pipefail

do=install prefix='' uplink='' mode=auto persist=auto port=25 under='' dry=no
problems=0

say() { printf '%s\n' "$*"; }
die() {
  printf 'anyip.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}
usage() { die "$1; see deploy/anyip.sh --help" 2; }

# --- The command line

parse_words() {
  while [ $# -gt 0 ]; do
    case $1 in
      --check | --remove) do=${1#--} ;;
      --dry-run) dry=yes ;;
      --uplink | --mode | --persist | --port | --files-under)
        [ $# -ge 2 ] || usage "$1 wants a value"
        set_option "${1#--}" "$2"
        shift
        ;;
      -h | --help)
        sed -n '2,14s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
      -*) usage "there is no option $1" ;;
      *)
        [ -z "$prefix" ] || usage "one prefix, not both $prefix and $1"
        prefix=$1
        ;;
    esac
    shift
  done
}

set_option() {
  local allowed
  case $1 in
    uplink) uplink=$2 ;;
    files-under) under=${2%/} ;;
    port)
      if [[ ! $2 =~ ^[1-9][0-9]{0,4}$ ]] || [ "$2" -gt 65535 ]; then usage "--port: $2 is not a port"; fi
      port=$2
      ;;
    mode | persist)
      allowed='auto routed on-link'
      [ "$1" = mode ] || allowed='auto networkd ifupdown none'
      [[ " $allowed " == *" $2 "* ]] || usage "--$1: $2 is none of: $allowed"
      declare -g "$1=$2"
      ;;
  esac
}

# --- The prefix

# expand ADDRESS: its eight groups as decimal numbers, or nothing if it is no IPv6 address (RFC 4291 2.2).
expand() {
  local text=$1 groups=() left=() right=() group
  [[ $text =~ ^[0-9a-fA-F:]+$ && $text != *:::* && $text != *::*::* ]] || return 0
  [[ $text == ::* || $text != :* ]] && [[ $text == *:: || $text != *: ]] || return 0
  IFS=: read -ra left <<<"${text%%::*}"
  if [[ $text == *::* ]]; then
    IFS=: read -ra right <<<"${text#*::}"
    [ $((${#left[@]} + ${#right[@]})) -lt 8 ] || return 0
    groups=("${left[@]}")
    while [ $((${#groups[@]} + ${#right[@]})) -lt 8 ]; do groups+=(0); done
    groups+=("${right[@]}")
  else
    groups=("${left[@]}")
  fi
  [ ${#groups[@]} -eq 8 ] || return 0
  for group in "${groups[@]}"; do
    [[ $group =~ ^[0-9a-fA-F]{1,4}$ ]] || return 0
  done
  printf '%d ' "${groups[@]/#/0x}"
}

# Sets prefix to its one form: four groups, lower case, "::/64".
read_prefix() {
  local groups
  [[ $prefix == */* ]] || usage "$prefix has no length: a prefix looks like 2001:db8:1:2::/64"
  read -ra groups <<<"$(expand "${prefix%/*}")"
  [ ${#groups[@]} -eq 8 ] || usage "$prefix is not an IPv6 prefix such as 2001:db8:1:2::/64"
  [ "${prefix##*/}" = 64 ] || usage "$prefix: the relay gives out the addresses of one /64, not of a /${prefix##*/}"
  [ "${groups[*]:4}" = "0 0 0 0" ] || usage "$prefix has bits set behind the first 64: name the whole /64"
  if ((groups[0] >> 8 == 0xff || groups[0] >> 6 == 0xfe80 >> 6 || groups[0] == 0)); then
    usage "$prefix cannot hold addresses of users: it is multicast, link-local or unspecified"
  fi
  prefix=$(printf '%x:%x:%x:%x::/64' "${groups[@]:0:4}")
  # `ip` prints the shortest form: an all-zero group at the end merges with what follows.
  while [[ $prefix == *:0::/64 ]]; do prefix=${prefix%:0::/64}::/64; done
}

# --- What this machine is like

# of_default_route via|dev: the word behind it.
of_default_route() { ip -6 -o route show default | sed -n "s/.* $1 \([^ ]*\).*/\1/p" | head -n 1; }

find_uplink() {
  [ -n "$uplink" ] || uplink=$(of_default_route dev)
  [ -n "$uplink" ] || die "there is no IPv6 default route: set one up first, or name the device with --uplink"
  ip link show dev "$uplink" >/dev/null 2>&1 || die "--uplink: there is no network device $uplink"
}

# On-link: the prefix, or one that holds it, is a connected route of the uplink, so the provider's router asks for each
# address with neighbour discovery (RFC 4861). A gateway that is link-local, outside of the prefix, says that most
# providers with such an interface route the /64 all the same; it is told, and --mode decides.
find_mode() {
  [ "$mode" = auto ] || return 0
  if ip -6 -o route show match "$prefix" dev "$uplink" | grep -v ' via ' | grep -vq '^default'; then
    mode=on-link
  else
    mode=routed
  fi
}

find_persist() {
  [ "$persist" = auto ] || return 0
  if systemctl is-active --quiet systemd-networkd 2>/dev/null; then
    persist=networkd
  elif [ -e "$under/etc/network/interfaces" ] && command -v ifup >/dev/null; then
    persist=ifupdown
  else
    die "neither systemd-networkd nor ifupdown runs this machine's network: use --persist none, and have \
\"ip -6 route replace local $prefix dev lo\" run at each start"
  fi
}

# --- What was done: one line for each change, for --remove

records() { printf '%s' "$under/var/lib/sisumail-anyip"; }
in_name() { tr ':/' '-_' <<<"$prefix"; }
record() { printf '%s/%s' "$(records)" "$(in_name)"; }

note() {
  if [ "$dry" = yes ]; then return 0; fi
  mkdir -p "$(records)"
  [ -e "$(record)" ] || say "prefix $prefix" >"$(record)"
  grep -qxF -- "$*" "$(record)" || say "$*" >>"$(record)"
}

# act WHAT COMMAND...: says it, and does it unless --dry-run.
act() {
  if [ "$dry" = yes ]; then
    say "would: $1"
  else
    "${@:2}" || die "could not: $1"
    say "done: $1"
  fi
}

# --- The parts

has_route() { ip -6 route show table local type local dev lo | grep -qE "^(local )?$prefix "; }

add_route() {
  has_route && return 0
  act "every address of $prefix is this machine's (ip -6 route add local $prefix dev lo)" \
    ip -6 route add local "$prefix" dev lo
  note "route $prefix"
}

# Nothing else is needed: the relay binds with IPV6_FREEBIND, which does without net.ipv6.ip_nonlocal_bind, and what
# arrives for a local address is not forwarded.
needed_sysctls=(net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.lo.disable_ipv6)

set_sysctls() {
  local name
  for name in "${needed_sysctls[@]}"; do
    [ "$(sysctl -n "$name")" = 0 ] && continue
    act "IPv6 is on (sysctl $name=0)" sysctl -qw "$name=0"
    note "sysctl $name 1"
    write_file "$under/etc/sysctl.d/60-sisumail-anyip.conf" "$(printf '%s = 0\n' "${needed_sysctls[@]}")"
  done
}

make_directory() {
  if [ -d "$1" ]; then return 0; fi
  make_directory "$(dirname "$1")"
  mkdir "$1"
  note "directory $1"
}

write_text() {
  make_directory "$(dirname "$1")"
  say "$2" >"$1"
}

checksum() { sha256sum <"$1" | cut -d ' ' -f 1; }

# write_file PATH TEXT: never over a file that is not ours.
write_file() {
  if [ -e "$1" ]; then
    [ "$(cat "$1")" = "$2" ] && return 0
    grep -qF "file $1 $(checksum "$1")" "$(record)" 2>/dev/null ||
      die "$1 is there and was not written by this script: look at it, and move it away or add to it: $2"
    [ "$dry" = yes ] || sed -i "\|^file $1 |d" "$(record)"
  fi
  act "$1 is written" write_text "$1" "$2"
  if [ "$dry" = no ]; then note "file $1 $(checksum "$1")"; fi
}

# networkd takes the first file that matches a device: one that is there for lo gets a drop-in.
persist_networkd() {
  local route other
  route=$(printf '[Route]\nType=local\nDestination=%s' "$prefix")
  other=$(grep -lsE '^ *Name *= *lo *$' "$under"/etc/systemd/network/*.network | grep -v sisumail-anyip | head -n 1 || true)
  if [ -n "$other" ]; then
    write_file "$other.d/sisumail-anyip-$(in_name).conf" "$route"
  else
    write_file "$under/etc/systemd/network/10-sisumail-anyip-$(in_name).network" "$(printf '[Match]\nName=lo\n\n%s' "$route")"
  fi
}

persist_ifupdown() {
  grep -qsE '^ *source(-directory)? +/etc/network/interfaces\.d' "$under/etc/network/interfaces" ||
    die "/etc/network/interfaces does not read interfaces.d: add the line \"source /etc/network/interfaces.d/*\" to it"
  write_file "$under/etc/network/interfaces.d/sisumail-anyip-$(in_name)" "$(printf 'iface lo inet6 manual\n    %s\n    %s' \
    "up ip -6 route replace local $prefix dev lo" "down ip -6 route del local $prefix dev lo || true")"
}

make_persistent() {
  case $persist in
    networkd) persist_networkd ;;
    ifupdown) persist_ifupdown ;;
    none) note 'persist none' ;;
  esac
}

# Somebody has to answer the router's neighbour solicitations for addresses that no interface has.
answer_neighbours() {
  [ "$mode" = on-link ] || return 0
  command -v ndppd >/dev/null ||
    die "the /64 is on-link: the router asks for each address, and ndppd has to answer. Install it (apt-get install \
ndppd) and run this again; or, if your provider routes the /64 to this machine, use --mode routed"
  write_file "$under/etc/ndppd.conf" "$(printf 'proxy %s {\n  router no\n  rule %s {\n    static\n  }\n}' "$uplink" "$prefix")"
  if [ -z "$under" ] && [ -d /run/systemd/system ] && ! systemctl is-active --quiet ndppd; then
    act "ndppd runs, now and after a restart" systemctl enable --now --quiet ndppd
    note "service ndppd"
  fi
}

explain_mode() {
  case $mode in
    routed) say "mode: routed. The provider sends all of $prefix to this machine; nothing has to answer for single addresses." ;;
    on-link)
      say "mode: on-link. $prefix is a network on $uplink; ndppd answers the router for every address of it."
      [[ $(of_default_route via) != fe80:* ]] || say "note: the gateway is link-local, as with providers that route the /64 although \
it stands on the interface. ndppd does no harm there; without it, see docs/addresses.md and --mode routed."
      ;;
  esac
}

# --- Looking

fine() { say "ok: $1"; }
problem() {
  problems=$((problems + 1))
  say "PROBLEM: $1"
}

check_route() {
  if has_route; then fine "every address of $prefix is this machine's"; else
    problem "no local route for $prefix: run deploy/anyip.sh $prefix"
  fi
}

check_sysctls() {
  local name
  for name in "${needed_sysctls[@]}"; do
    if [ "$(sysctl -n "$name")" = 0 ]; then fine "$name = 0"; else
      problem "$name = $(sysctl -n "$name"): IPv6 is off; run deploy/anyip.sh $prefix"
    fi
  done
}

check_neighbours() {
  explain_mode
  [ "$mode" = on-link ] || return 0
  if pgrep -x --ns $$ --nslist net ndppd >/dev/null; then
    fine "ndppd runs"
  else
    problem "ndppd does not run: nobody answers the router for the users' addresses; systemctl enable --now ndppd"
  fi
  grep -qsF "rule $prefix" "$under/etc/ndppd.conf" || problem "/etc/ndppd.conf has no rule for $prefix: run deploy/anyip.sh $prefix"
}

check_persistence() {
  if grep -qsE '^file .*/(network|interfaces\.d)/' "$(record)"; then
    fine "the route is set again at each start"
  elif grep -qsx 'persist none' "$(record)"; then
    fine "setting the route at each start was left to you (--persist none)"
  else
    problem "nothing sets the route at the next start: run deploy/anyip.sh $prefix"
  fi
}

# A listener on 0.0.0.0 or :: would accept for every user who is away.
check_wildcards() {
  local found
  # users:(("exim4",pid=612,fd=3)) becomes exim4 (pid 612).
  found=$(ss -Hltnp "sport = :$port" | awk '$4 ~ /^(\*|0\.0\.0\.0|\[::\]):/ { print $4, $6 }' |
    sed -E 's/users:\(\("([^"]*)",pid=([0-9]+).*/\1 (pid \2)/')
  if [ -z "$found" ]; then fine "nobody listens on all addresses at port $port"; else
    while read -r where who; do
      problem "$where is listened on by ${who:-a program that is not visible to this user}: it takes the mail of users who \
are away. Stop it, or have it listen on single addresses (Postfix: inet_interfaces; Exim: local_interfaces)"
    done <<<"$found"
  fi
}

# --- The three things it can do

install() {
  find_uplink
  find_mode
  find_persist
  explain_mode
  if [ "$dry" = no ] && [ "$(id -u)" -ne 0 ]; then die "this needs root: sudo deploy/anyip.sh $prefix"; fi
  set_sysctls
  add_route
  answer_neighbours
  make_persistent
  say "persistent through: $persist"
}

check() {
  find_uplink
  find_mode
  check_sysctls
  check_route
  check_neighbours
  check_persistence
  check_wildcards
  [ "$problems" -eq 0 ] || exit 1
}

undo() {
  case $1 in
    route) if has_route; then act "the route for $2 is gone" ip -6 route del local "$2" dev lo; fi ;;
    sysctl) act "sysctl $2=$3, as before" sysctl -qw "$2=$3" ;;
    service) act "$2 does not run any more" systemctl disable --now --quiet "$2" ;;
    file)
      if [ ! -e "$2" ]; then return 0; fi
      if [ "$(checksum "$2")" != "$3" ]; then
        say "left: $2 was changed since; remove it by hand"
      else
        act "$2 is gone" rm "$2"
      fi
      ;;
    directory) if [ "$dry" = no ]; then rmdir --ignore-fail-on-non-empty "$2"; fi ;;
  esac
}

remove() {
  local lines line words
  [ -s "$(record)" ] || die "nothing is on record for $prefix: there is nothing to undo"
  mapfile -t lines < <(tac "$(record)")
  for line in "${lines[@]}"; do
    read -ra words <<<"$line"
    undo "${words[@]}"
  done
  [ "$dry" = yes ] || rm "$(record)"
}

# Without a prefix, --remove means the only one that is on record.
only_prefix_on_record() {
  local found
  found=("$(records)"/*)
  [ -e "${found[0]}" ] || die "nothing is on record: there is nothing to undo"
  [ ${#found[@]} -eq 1 ] || usage "several prefixes are on record: name one"
  sed -n 's/^prefix //p' "${found[0]}"
}

parse_words "$@"
if [ "$do" = remove ] && [ -z "$prefix" ]; then prefix=$(only_prefix_on_record); fi
[ -n "$prefix" ] || usage "which prefix? For instance deploy/anyip.sh 2001:db8:1:2::/64"
read_prefix
case $do in
  install) install ;;
  check) check ;;
  remove) remove ;;
esac
