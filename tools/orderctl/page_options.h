#pragma once

#include <memory>
#include <string>

#include "CLI/CLI.hpp"

namespace orderflow::orderctl {

// The paging options of a list command, set on its request.
template <class Request>
void AddPageOptions(CLI::App& command, const std::shared_ptr<Request>& request) {
  command.add_option_function<int>(
      "--page-size", [request](int size) { request->set_page_size(size); },
      "At most so many; 0: the default");
  command.add_option_function<std::string>(
      "--page-token", [request](const std::string& token) { request->set_page_token(token); },
      "Where the page before ended");
}

}  // namespace orderflow::orderctl
