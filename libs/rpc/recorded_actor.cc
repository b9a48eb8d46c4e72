#include "libs/rpc/recorded_actor.h"

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/validation.h"

namespace orderflow::rpc {

std::string RecordedActor(const Caller& caller, const std::string& asked, const char* field,
                          FieldViolations& violations) {
  if (caller.kind == Caller::Kind::kAnyone) {
    CheckActor(asked, field, violations);
    return asked;
  }
  CheckActor(caller.name, field, violations);
  violations.Check(asked.empty() || asked == caller.name, field,
                   fmt::format("must be who is calling, \"{}\", or be left out", caller.name));
  return caller.name;
}

}  // namespace orderflow::rpc
