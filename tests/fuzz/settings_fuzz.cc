// Settings from the environment: a wrong value is a problem by name, never a crash or a value out
// of its range.
#include <string>

#include "libs/config/settings.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string value(reinterpret_cast<const char*>(data), size);
  config::Settings settings({{"ORDERFLOW_A", value},
                             {"ORDERFLOW_B", value},
                             {"ORDERFLOW_C", value},
                             {"ORDERFLOW_D", value},
                             {value, "x"}});
  const int64_t number = settings.Int("ORDERFLOW_A", "a", 5, 1, 9);
  const auto time = settings.Milliseconds("ORDERFLOW_B", "b", std::chrono::milliseconds(5),
                                          std::chrono::milliseconds(1), std::chrono::seconds(9));
  (void)settings.Address("ORDERFLOW_C", "c", "127.0.0.1:1");
  (void)settings.OneOf("ORDERFLOW_D", "d", "on", {"on", "off"});
  fuzz::Require(number >= 1 && number <= 9);
  fuzz::Require(time.count() >= 1 && time.count() <= 9000);
  (void)settings.Check();
  (void)settings.HelpText();
  return 0;
}

}  // namespace orderflow
