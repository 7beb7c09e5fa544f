# Completion for sisumail and the programs of the relay in bash. Install all names:
#   /usr/share/bash-completion/completions/sisumail, and links sisumail-relay, sisumail-dns, sisumail-tier2 beside it
# shellcheck shell=bash

_sisumail_words() {
  local word=$1 option=$2
  case "$option" in
    --config | --key | --key-passphrase-file | --known-hosts | --tls-cert | --tls-key | --tls-ca | --acme-ca | --acme-eab-key-file)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      compopt -o filenames
      ;;
    --maildir | --state)
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      compopt -o filenames
      ;;
    --tls-policy) mapfile -t COMPREPLY < <(compgen -W "pragmatic strict" -- "$word") ;;
    --claim-policy) mapfile -t COMPREPLY < <(compgen -W "open invite closed" -- "$word") ;;
    --spool-default) mapfile -t COMPREPLY < <(compgen -W "on off" -- "$word") ;;
    --log-level) mapfile -t COMPREPLY < <(compgen -W "debug info warning error" -- "$word") ;;
    --log-format) mapfile -t COMPREPLY < <(compgen -W "text json" -- "$word") ;;
    *) return 1 ;;
  esac
}

# sisumail status|key ...
_sisumail_command() {
  _sisumail_words "$2" "$3" && return
  local options="--help --json --state --wait"
  if [ "${COMP_WORDS[1]}" = key ] && [ "$COMP_CWORD" -eq 2 ]; then
    options="roll status"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$2")
}

_sisumail() {
  case "${COMP_WORDS[1]}" in
    status | key)
      if [ "$COMP_CWORD" -gt 1 ]; then
        _sisumail_command "$@"
        return
      fi
      ;;
  esac
  _sisumail_words "$2" "$3" && return
  local options="--accept-new-host-key --acme-ca --acme-contact --acme-directory --acme-eab-key-file --acme-eab-kid --help
    --invite --key --key-passphrase-file --known-hosts --log-format --log-level --maildir --max-connections
    --max-listener-connections --max-message-size --max-messages --max-recipients --relay --smtp-listen
    --smtp-listen-proxy --state --tier1-zone --tls-ca --tls-cert --tls-key --tls-policy --user --version --zone"
  [ "$COMP_CWORD" -ne 1 ] || options+=" status key"
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$2")
}

# sisumail-relay user|invite|registry COMMAND ...
_sisumail_relay_command() {
  _sisumail_words "$2" "$3" && return
  local commands options="--dns-socket --help --json --only --open --release-name --state --yes-release"
  case "${COMP_WORDS[1]}" in
    user) commands="list purge remove restore show suspend" ;;
    invite) commands="list mint revoke" ;;
    registry) commands="backup check restore" ;;
    dns) commands="check diff prune sync" ;;
  esac
  if [ "$COMP_CWORD" -eq 2 ]; then
    options="$commands --help"
  elif [ "$3" = --only ]; then
    options="active suspended removed"
  elif [ "${COMP_WORDS[2]}" = backup ] || [ "${COMP_WORDS[2]}" = restore ]; then
    mapfile -t COMPREPLY < <(compgen -f -W "$options" -- "$2")
    compopt -o filenames
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$2")
}

_sisumail_relay() {
  case "${COMP_WORDS[1]}" in
    user | invite | registry | dns)
      if [ "$COMP_CWORD" -gt 1 ]; then
        _sisumail_relay_command "$@"
        return
      fi
      ;;
  esac
  _sisumail_words "$2" "$3" && return
  local options="--claim-policy --dev-user --dns-records --dns-socket --help --ipv6-prefix --limit --log-format --log-level
    --metrics-allow-remote --metrics-listen --show-limits --spool-default --ssh-listen --state --threads
    --tier1-ipv4 --tier1-listen --tier1-port --tier1-zone --version --zone"
  if [ "$3" = --limit ]; then
    # One limit a line: its name, then its value.
    options=$("$1" --show-limits 2>/dev/null | sed -n 's/^\([a-z][a-z0-9-]*\).*/\1=/p')
    compopt -o nospace
  fi
  [ "$COMP_CWORD" -ne 1 ] || options+=" user invite registry dns"
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$2")
}

_sisumail_dns() {
  _sisumail_words "$2" "$3" && return
  local options="--check-config --config --help --log-format --log-level --version"
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$2")
}

_sisumail_tier2() {
  _sisumail_words "$2" "$3" && return
  local options="--dns-socket --help --json --state --tlsa-ttl --version --zone"
  [ "$COMP_CWORD" -ne 1 ] || options+=" key"
  [ "$3" != key ] || options="init roll status"
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$2")
}

complete -F _sisumail sisumail
complete -F _sisumail_dns sisumail-dns
complete -F _sisumail_relay sisumail-relay
complete -F _sisumail_tier2 sisumail-tier2
