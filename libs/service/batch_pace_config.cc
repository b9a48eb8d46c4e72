#include "libs/service/batch_pace_config.h"

namespace orderflow::service {

BatchPace DeclareBatchPace(config::Settings& settings) {
  using std::chrono::milliseconds;
  return {.interval = settings.Milliseconds(
              "ORDERFLOW_BATCH_INTERVAL_MS",
              "Least time between the starts of two batches of more than 15; longer where a batch "
              "takes long. More: larger batches, less processor time, a later answer under load. "
              "0: the next begins at once.",
              milliseconds(20), milliseconds(0), milliseconds(50))};
}

}  // namespace orderflow::service
