#include "libs/service/batch_pace_config.h"

namespace orderflow::service {

BatchPace DeclareBatchPace(config::Settings& settings) {
  using std::chrono::milliseconds;
  return {
      .interval = settings.Milliseconds(
          "ORDERFLOW_BATCH_INTERVAL_MS",
          "After a batch that was not full, but as large as 800 records a second make it in this "
          "time, the next one begins so long after its start, or up to 50 ms later where it took "
          "long; orders are accepted at once when a full batch waits. More: larger batches, less "
          "processor time, a later answer under load. 0: no rest.",
          milliseconds(20), milliseconds(0), milliseconds(50))};
}

}  // namespace orderflow::service
