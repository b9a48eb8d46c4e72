#include "tools/verify/fact_source.h"

#include <algorithm>
#include <iterator>

#include "libs/base/uuid.h"

namespace orderflow::verify {

postgres::Params UuidScope(const FactScope& scope) {
  std::vector<std::string> uuids;
  std::copy_if(scope.order_ids.begin(), scope.order_ids.end(), std::back_inserter(uuids), IsUuid);
  postgres::Params params;
  params.Text(scope.whole ? "true" : "false").UuidArray(uuids);
  return params;
}

}  // namespace orderflow::verify
