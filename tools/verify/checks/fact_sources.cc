#include "tools/verify/checks/fact_sources.h"

namespace orderflow::verify {

std::vector<FactSource> FactSources(const Databases& databases) {
  std::vector<FactSource> sources = {OrderFactSource(databases.orders),
                                     PaymentFactSource(databases.payments)};
  if (databases.provider != nullptr) {
    sources.push_back(ProviderFactSource(*databases.provider));
  }
  sources.push_back(ReservationFactSource(databases.inventory));
  sources.push_back(NotificationFactSource(databases.notifications));
  return sources;
}

}  // namespace orderflow::verify
