"""Proves that each rule of layering.py finds its violation, and that lawful files pass."""

import unittest

import layering
from tests.sample_tree import SampleTreeTest


class LayeringTest(SampleTreeTest):
    def found(self, path, text):
        return layering.check(self.tree({path: text}), layering.load_rules())

    def assert_found(self, path, text, rule):
        self.assert_rules(self.found(path, text), [(path, 1, rule)])

    def assert_clean(self, path, text):
        self.assert_rules(self.found(path, text), [])

    def test_base_includes_nothing_of_ours(self):
        self.assert_found("libs/base/a.h", '#include "libs/config/settings.h"\n', "layering")

    def test_domain_includes_base_alone(self):
        path = "services/order/domain/order.cc"
        self.assert_clean(path, '#include <sys/types.h>\n#include <map>\n#include "fmt/format.h"\n#include "libs/base/money.h"\n')
        for target in ("libs/postgres/pool.h", "libs/telemetry/log.h", "orderflow/order/v1/order_service.pb.h",
                       "services/order/persistence/rows.h"):
            self.assert_found(path, f'#include "{target}"\n', "layering")

    def test_domain_uses_few_third_parties(self):
        self.assert_found("services/order/domain/a.cc", '#include "nlohmann/json.hpp"\n', "layering-third-party")

    def test_persistence_does_not_know_grpc(self):
        self.assert_found("services/order/persistence/a.cc", '#include "services/order/grpc/order_service.h"\n', "layering")

    def test_grpc_does_not_know_persistence(self):
        self.assert_found("services/order/grpc/a.cc", '#include "services/order/persistence/a.h"\n', "layering")

    def test_messaging_stores_through_a_port(self):
        self.assert_clean("services/payment/messaging/a.cc", '#include "services/payment/domain/payment_store.h"\n')
        self.assert_found("services/payment/messaging/a.cc", '#include "services/payment/persistence/a.h"\n', "layering")

    def test_service_never_includes_another(self):
        for folder in ("domain/a.cc", "grpc/a.cc", "main.cc"):
            self.assert_found(f"services/order/{folder}", '#include "services/payment/domain/payment.h"\n', "layering")

    def test_libraries_never_include_services(self):
        self.assert_found("libs/outbox/a.cc", '#include "services/order/domain/order.h"\n', "layering")

    def test_main_wires_everything_of_its_service(self):
        self.assert_clean("services/order/main.cc",
                          '#include "services/order/grpc/a.h"\n#include "libs/service/process.h"\n#include <grpcpp/server.h>\n')

    def test_production_code_includes_no_test(self):
        for target in ("libs/testing/fake_clock.h", "tests/e2e/stack.h", "libs/messaging/testing/kafka_mock_cluster.h"):
            self.assert_found("services/order/messaging/a.cc", f'#include "{target}"\n', "layering-test")

    def test_tests_may_include_anything(self):
        self.assert_clean("services/order/domain/order_test.cc",
                          '#include "libs/testing/fake_clock.h"\n#include "services/payment/grpc/a.h"\n')

    def test_folder_without_rule_is_told(self):
        self.assert_found("services/order/misc/a.cc", "", "layering-unknown")

    def test_third_parties_stay_in_their_place(self):
        for target in ("libpq-fe.h", "librdkafka/rdkafka.h", "spdlog/spdlog.h", "prometheus/counter.h", "curl/curl.h",
                       "httplib.h", "grpcpp/grpcpp.h", "orderflow/order/v1/order_service.grpc.pb.h"):
            self.assert_found("services/order/messaging/a.cc", f"#include <{target}>\n".replace(
                "<orderflow", '"orderflow').replace("grpc.pb.h>", 'grpc.pb.h"'), "third-party")

    def test_slow_headers_stay_out_of_headers(self):
        self.assert_found("libs/telemetry/log.h", "#include <spdlog/spdlog.h>\n", "third-party-header")
        self.assert_clean("libs/telemetry/log.cc", "#include <spdlog/spdlog.h>\n")

    def test_sql_outside_persistence_is_found(self):
        for sql in ('"SELECT a FROM b"', '"INSERT INTO a VALUES (1)"', '"UPDATE a SET b = 1"', '"DELETE FROM a"',
                    'R"(\n  WITH x AS (SELECT 1) SELECT * FROM x)"', '"SELECT a "\n"FROM b"', '"delete from a where b = 1"'):
            self.assert_found("services/order/messaging/a.cc", f"auto sql = {sql};\n", "sql-outside-persistence")

    def test_prose_is_not_sql(self):
        for text in ('"Select a payment method"', '"update the order"', '"cannot insert into a closed queue"'):
            self.assert_clean("services/order/messaging/a.cc", f"auto text = {text};\n// SELECT a FROM b\n")

    def test_sql_keywords_are_upper_case(self):
        self.assert_clean("services/order/persistence/a.cc", 'auto sql = "SELECT a FROM b";\n')
        self.assert_found("services/order/persistence/a.cc", 'auto sql = "select a from b where c = $1";\n', "sql-keywords")


if __name__ == "__main__":
    unittest.main()
