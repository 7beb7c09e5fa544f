#!/usr/bin/env bash
# From nothing to a delivered message: installs the packages, builds, starts a relay and a client on loopback with keys and
# state that are thrown away, sends one message through them with STARTTLS, and shows the file that was stored.
#   deploy/quickstart.sh           then leaves both running until Ctrl-C
#   deploy/quickstart.sh --once    ends after the message; exit status 0 only if it arrived byte for byte
# NO_COLOR is honoured (no-color.org).
set -euo pipefail
cd "$(dirname "$0")/.."

once=no
case "${1:-}" in
  '') ;;
  --once) once=yes ;;
  -h | --help)
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
  *)
    echo "usage: deploy/quickstart.sh [--once]" >&2
    exit 2
    ;;
esac

user=niklas
address=hello@niklas.test
relay=build/release/relay/sisumail-relay
client=build/release/client/sisumail

bold='' dim='' green='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' plain=$'\e[0m'
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/sisumail-quickstart-XXXXXX")
relay_pid='' client_pid='' working_pid=''

end() {
  local pid
  for pid in $client_pid $relay_pid $working_pid; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$scratch"
}
trap end EXIT
trap 'printf "\nended\n"; exit 130' INT TERM

say() { printf '%s\n' "$*"; }
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

die() {
  printf 'quickstart: %s\n' "$*" >&2
  exit 1
}

# show_log NAME: the last lines of a log, for an error that it explains.
show_log() {
  if [ -s "$scratch/$1.log" ]; then
    printf -- '--- the last lines of %s:\n' "$1" >&2
    tail -n 25 "$scratch/$1.log" >&2
  fi
}

# watched NAME COMMAND...: runs it with its output in a log; meanwhile says how long it has taken and where it stands.
watched() {
  local name=$1 begin=$SECONDS last status=0
  shift
  "$@" >"$scratch/$name.log" 2>&1 </dev/null &
  working_pid=$!
  while kill -0 "$working_pid" 2>/dev/null; do
    sleep 1
    if [ -t 1 ]; then
      last=$(tail -n 1 "$scratch/$name.log" | tr -d '\r' | cut -c 1-60)
      printf '\r\e[K%s   %d s  %s%s' "$dim" "$((SECONDS - begin))" "$last" "$plain"
    elif [ $(((SECONDS - begin) % 20)) -eq 19 ]; then
      last=$(tail -n 1 "$scratch/$name.log" | tr -d '\r' | cut -c 1-60)
      say "   $((SECONDS - begin)) s  $last"
    fi
  done
  [ -t 1 ] && printf '\r\e[K'
  wait "$working_pid" || status=$?
  working_pid=''
  if [ "$status" -ne 0 ]; then
    show_log "$name"
    die "$name failed (exit status $status): $*"
  fi
  say "   done in $((SECONDS - begin)) s"
}

somebody_listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port FIRST: FIRST, or the next port that nobody listens on.
free_port() {
  local port=$1
  while somebody_listens "$port"; do port=$((port + 1)); done
  printf '%s' "$port"
}

expect_running() {
  local pid=$1 name=$2
  kill -0 "$pid" 2>/dev/null && return
  show_log "$name"
  die "$name ended by itself; its log is above"
}

# wait_for_log NAME TEXT WHAT: until the program says so itself; another program may hold the port that was free.
wait_for_log() {
  local name=$1 text=$2 what=$3 tries=0
  until grep -qF "$text" "$scratch/$name.log"; do
    expect_running "$relay_pid" relay
    [ -z "$client_pid" ] || expect_running "$client_pid" client
    tries=$((tries + 1))
    if [ "$tries" -gt 150 ]; then
      show_log relay
      [ -z "$client_pid" ] || show_log client
      die "$what after 30 s"
    fi
    sleep 0.2
  done
}

start_programs() {
  ssh_port=$(free_port 2222)
  smtp_port=$(free_port 2525)
  ssh-keygen -q -t ed25519 -N '' -C quickstart -f "$scratch/id_ed25519"

  "$relay" --ssh-listen ":$ssh_port" --tier1-listen ":$smtp_port" --dev-user "$user" --state "$scratch/relay" \
    >"$scratch/relay.log" 2>&1 </dev/null &
  relay_pid=$!
  wait_for_log relay 'event="relay ready"' "the relay does not listen on 127.0.0.1:$ssh_port"

  "$client" --relay "127.0.0.1:$ssh_port" --user "$user" --key "$scratch/id_ed25519" --maildir "$scratch/mail" \
    --state "$scratch/client" --known-hosts "$scratch/known_hosts" --accept-new-host-key --tls-policy pragmatic \
    >"$scratch/client.log" 2>&1 </dev/null &
  client_pid=$!
  # The relay listens for mail only while the client is there.
  wait_for_log client 'event="online"' "the client is not present at the relay"
}

write_message() {
  # Every line ends in CRLF, as it travels and as it is stored.
  sed 's/$/\r/' >"$scratch/message" <<MESSAGE
From: Quickstart <quickstart@sender.example>
To: <$address>
Subject: Your mail is on your own disk
Date: $(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S +0000')
Message-ID: <$(od -An -N8 -tx8 /dev/urandom | tr -d ' \n')@sender.example>

Hello,

this message came through a relay that piped ciphertext and could not read it.

.
..
A dot alone on its line above ends a message in SMTP. This one went on.
MESSAGE
}

send_message() {
  local answer
  if ! answer=$(curl --silent --show-error --verbose --max-time 60 --ssl-reqd --insecure \
    --url "smtp://127.0.0.1:$smtp_port/sender.example" --mail-from quickstart@sender.example --mail-rcpt "$address" \
    --upload-file "$scratch/message" 2>&1); then
    printf '%s\n' "$answer" >"$scratch/curl.log"
    show_log curl
    show_log client
    die "the message was not accepted"
  fi
  say "   $(grep -a -m1 -o 'SSL connection using.*' <<<"$answer" | tr -d '\r' || true)"
  say "   $(grep -a -o '250 2.0.0 stored as.*' <<<"$answer" | tr -d '\r' || true)"
}

# The stored file is the client's own trace block, then the message byte for byte.
compare() {
  local stored=$1 size trace
  size=$(stat -c %s "$scratch/message")
  trace=$(($(stat -c %s "$stored") - size))
  [ "$trace" -gt 0 ] || die "the stored file is shorter than the message: $stored"
  tail -c "$size" "$stored" | cmp - "$scratch/message" || die "the stored message differs from the one that was sent"
  head -c "$trace" "$stored" | tr -d '\r' >"$scratch/trace"
  if grep -vE '^(Return-Path|Delivered-To|Sisumail-[A-Za-z-]+|Received):|^[[:space:]]' "$scratch/trace" >&2; then
    die "the lines above stand in front of the message and are not the client's"
  fi
  grep -q '^Sisumail-Tier: 1$' "$scratch/trace" || die "the label Sisumail-Tier: 1 is missing"
}

show() {
  local stored=$1
  say "   $stored"
  say
  sed "s/^/   $green/; s/\$/$plain/" "$scratch/trace"
  tr -d '\r' <"$scratch/message" | sed 's/^/   /'
}

step "packages"
watched packages env SISUMAIL_SHOW_APT=1 deploy/packages.sh quickstart

step "build (build/release; a first build takes minutes)"
watched configure cmake --preset release
watched build cmake --build --preset release -j"$(deploy/jobs.sh)" --target sisumail sisumail-relay

step "relay and client on loopback"
start_programs
say "   relay   takes SSH on 127.0.0.1:$ssh_port, and mail on 127.0.0.1:$smtp_port while the client is there"
say "   client  is logged in as $user; its Maildir is $scratch/mail"

step "one message to $address, with STARTTLS"
write_message
send_message

step "the stored file: the client's trace block and labels, then the message as it was sent"
stored=("$scratch"/mail/new/*)
if [ ${#stored[@]} -ne 1 ] || [ ! -f "${stored[0]}" ]; then die "one file was expected in $scratch/mail/new"; fi
compare "${stored[0]}"
show "${stored[0]}"
say
say "${green}the message arrived byte for byte$plain"
[ "$once" = yes ] && exit 0

step "both run on, until Ctrl-C"
say "   mail      127.0.0.1:$smtp_port   try: nc 127.0.0.1 $smtp_port"
say "   ssh       127.0.0.1:$ssh_port   try: ssh -p $ssh_port -i $scratch/id_ed25519 $user@127.0.0.1 whoami"
say "   Maildir   $scratch/mail"
say "   logs      $scratch/relay.log $scratch/client.log"
say "   All of it is removed at the end."
trap 'printf "\nended\n"; exit 0' INT TERM
wait -n "$relay_pid" "$client_pid" || true
expect_running "$relay_pid" relay
expect_running "$client_pid" client
