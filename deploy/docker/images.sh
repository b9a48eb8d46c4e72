# shellcheck shell=bash
# Which images there are. Sourced, never run.
IMAGES_LIST="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/images.txt"

image_names() { image_names_of '(service|tool)'; }

image_names_of() {  # kind: service or tool
  awk -v kind="^$1\$" '!/^#/ && $2 ~ kind {print $1}' "$IMAGES_LIST"
}
