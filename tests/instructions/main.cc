// instructions: runs hot code under callgrind, which counts what MeasureIterations executes
// (instructions.py starts it and reads the counts).
//
// Each case has a process of its own, so that what one leaves on the heap is no matter to another.
#include <gnu/libc-version.h>
#include <google/protobuf/stubs/common.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

#include "CLI/CLI.hpp"
#include "tests/instructions/cases.h"

// What callgrind looks for: it counts from here on, and writes the counts when this returns.
extern "C" __attribute__((noinline)) void MeasureIterations(const std::function<void()>& run,
                                                            int iterations) {
  for (int i = 0; i < iterations; ++i) {
    run();
  }
}

namespace orderflow::instructions {
namespace {

// What is made at first use is made, symbols are bound, the heap's free lists filled.
constexpr int kWarmUpIterations = 5;

std::vector<Case> AllCases() {
  std::vector<Case> all;
  for (const auto& cases : {SagaCases(), OrderCases(), SagaRowCases(), InventoryCases(),
                            PaymentCases(), OutboxCases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

void Play(const Case& played, int iterations) {
  const std::function<void()> run = played.make();
  for (int i = 0; i < kWarmUpIterations; ++i) {
    run();
  }
  MeasureIterations(run, iterations);
}

// Plays it in a child and names the child. False: it came to a bad end.
bool PlayApart(const Case& played, int iterations) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    Play(played, iterations);
    _exit(0);
  }
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
    return false;
  }
  std::printf("case=%s pid=%d iterations=%d\n", played.name.c_str(), static_cast<int>(child),
              iterations);
  return true;
}

// Everything that the counts hang on beside our own code.
void PrintBuild() {
  std::printf("compiler=%s-%d optimized=%d protobuf=%s glibc=%s\n",
#ifdef __clang__
              "clang++", __clang_major__,
#else
              "g++", __GNUC__,
#endif
#ifdef __OPTIMIZE__
              1,
#else
              0,
#endif
              google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION).c_str(),
              gnu_get_libc_version());
}

int Main(int argc, char** argv) {
  CLI::App app("Runs hot code for callgrind to count");
  std::string name;
  int iterations = 20;
  bool build = false;
  app.add_option("--case", name, "Only this one");
  app.add_option("--iterations", iterations, "Of each")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  app.add_flag("--build", build, "Only say what this program was built with");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (build) {
    PrintBuild();
    return 0;
  }
  bool found = false;
  for (const Case& played : AllCases()) {
    if (name.empty() || played.name == name) {
      found = true;
      if (!PlayApart(played, iterations)) {
        std::fprintf(stderr, "error: case %s failed\n", played.name.c_str());
        return 1;
      }
    }
  }
  if (!found) {
    std::fprintf(stderr, "error: there is no case %s\n", name.c_str());
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace orderflow::instructions

int main(int argc, char** argv) {
  try {
    return orderflow::instructions::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
