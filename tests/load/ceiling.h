#pragma once

#include <cstdio>
#include <exception>
#include <functional>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "libs/base/status_macros.h"

namespace orderflow {

// The frame of the programs that measure a ceiling: parses, measures, says what went wrong on
// standard error. Returns what the process exits with: 0 measured, 1 not, 2 wrong arguments.
inline int RunCeiling(CLI::App& app, int argc, char** argv,
                      const std::function<absl::Status()>& measure) {
  constexpr int kExitFailed = 1;
  constexpr int kExitUsage = 2;
  try {
    app.parse(argc, argv);
    const absl::Status status = measure();
    if (!status.ok()) {
      std::fprintf(stderr, "error: %s\n", Message(status).c_str());
      return kExitFailed;
    }
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return kExitFailed;
  }
}

}  // namespace orderflow
