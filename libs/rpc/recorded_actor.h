#pragma once

#include <string>

#include "libs/rpc/caller.h"

namespace orderflow {
class FieldViolations;
}

namespace orderflow::rpc {

// Who is recorded for an action of a person: the one who is calling, as the token says. A request
// may leave `asked` empty, and may name nobody else: what it names wrongly is added as `field`.
// Where nobody is asked who they are, the request's word is all there is, and is demanded
// (CheckActor).
std::string RecordedActor(const Caller& caller, const std::string& asked, const char* field,
                          FieldViolations& violations);

}  // namespace orderflow::rpc
