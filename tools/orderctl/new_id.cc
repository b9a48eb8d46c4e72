#include "tools/orderctl/new_id.h"

#include "libs/base/clock.h"
#include "libs/base/uuid.h"

namespace orderflow::orderctl {

std::string NewId() {
  static const SystemClock clock;
  static UuidV7Generator generator(clock);
  return generator.NewId();
}

}  // namespace orderflow::orderctl
