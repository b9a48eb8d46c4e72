#include "tools/verify/checks/fact_sources.h"

namespace orderflow::verify {

std::vector<FactSource> FactSources(const Databases& databases) {
  return {OrderFactSource(databases.orders), PaymentFactSource(databases.payments),
          ProviderFactSource(databases.provider), ReservationFactSource(databases.inventory),
          NotificationFactSource(databases.notifications)};
}

}  // namespace orderflow::verify
