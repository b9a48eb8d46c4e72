#pragma once

#include <string>

namespace orderflow::orderctl {

// A fresh UUID for a request. Threadsafe.
std::string NewId();

}  // namespace orderflow::orderctl
