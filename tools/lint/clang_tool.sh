# shellcheck shell=bash
# Finds a clang tool of the version that decides. Sourced, never run.
#
# Formatting and checks differ between clang versions, so one version is the judge: that of the
# oldest supported system. Elsewhere the check is skipped, which ctest shows as skipped.

readonly CLANG_VERSION=14
readonly EXIT_SKIPPED=77

# find_clang_tool clang-format: prints the command, or explains and exits with EXIT_SKIPPED.
find_clang_tool() {
  local name=$1 candidate version
  for candidate in "$name-$CLANG_VERSION" "$name"; do
    if command -v "$candidate" >/dev/null; then
      version=$("$candidate" --version | grep -oE 'version [0-9]+' | grep -oE '[0-9]+' | head -1)
      if [[ $version == "$CLANG_VERSION" ]]; then
        printf '%s\n' "$candidate"
        return
      fi
    fi
  done
  echo "skipped: $name $CLANG_VERSION is not installed (found: ${version:-none});" \
    "install $name-$CLANG_VERSION to run this check" >&2
  return "$EXIT_SKIPPED"
}
