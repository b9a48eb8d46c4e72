# shellcheck shell=bash
# Looks at ports. Sourced, never run; reads no settings, so that ports can be chosen before these are read.

port_is_busy() { [[ -n "$(ss -Hltn "sport = :$1" 2>/dev/null)" ]]; }

# free_ports COUNT: so many different ports that nobody listens on, in one line. Below the ephemeral
# range, so that no outgoing connection sits on them. Another run may take one between the look and the use.
free_ports() {
  local -A chosen=()
  local port
  while ((${#chosen[@]} < $1)); do
    port=$((20000 + SRANDOM % 10000))
    if ! port_is_busy "$port"; then chosen[$port]=yes; fi
  done
  echo "${!chosen[@]}"
}
