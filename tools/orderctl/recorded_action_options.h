#pragma once

#include <string>

#include "CLI/CLI.hpp"

namespace orderflow::orderctl {

// The options of an action that is recorded with who did it and why, set on its request's `repair`,
// which must outlive the command.
template <class Repair>
CLI::Option* AddReasonOption(CLI::App& command, Repair& repair, const std::string& help) {
  return command.add_option_function<std::string>(
      "--reason", [&repair](const std::string& reason) { repair.set_reason(reason); }, help);
}

template <class Repair>
void AddActorOption(CLI::App& command, Repair& repair) {
  command.add_option_function<std::string>(
      "--as", [&repair](const std::string& actor) { repair.set_actor(actor); },
      "Who does it; recorded. With a token it is the token's subject, without one $USER");
}

// All four, the reason demanded.
template <class Repair>
void AddRecordedActionOptions(CLI::App& command, Repair& repair, const std::string& reason_help,
                              const std::string& dry_run_help) {
  AddReasonOption(command, repair, reason_help)->required();
  AddActorOption(command, repair);
  command.add_option_function<std::string>(
      "--request-id", [&repair](const std::string& id) { repair.set_request_id(id); },
      "UUID of this request; give it to repeat an attempt safely");
  command.add_flag_callback(
      "--dry-run", [&repair] { repair.set_validate_only(true); }, dry_run_help);
}

}  // namespace orderflow::orderctl
