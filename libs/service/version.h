#pragma once

namespace orderflow::service {

// "0.1.0 (1a2b3c4d5e6f)": release and commit of this build.
extern const char kVersion[];

}  // namespace orderflow::service
