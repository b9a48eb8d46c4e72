#!/usr/bin/env bash
# Starts the cluster that build.sh has built. What a run that was killed has left is taken away first. The caller holds
# CLUSTER_LOCK, and calls stop.sh whatever happens. Usage: start.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
./stop.sh
./network.sh up
./certificates.sh
./control_plane.sh
./node.sh
