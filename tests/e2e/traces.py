#!/usr/bin/env python3
"""Proves on a stack of its own that each order is one trace, and that no span is lost uncounted.

Usage: traces.py DIR (an empty folder of this run)

Plays the collector: a small receiver of OTLP over HTTP. Orders of every outcome are placed with every trace recorded. Then
each order has one trace with one first span, every other span has its parent in it, no span comes twice, all
processes took part in the kinds that they should, and nothing in a span says who the customer is. A collector that is
away for a while costs no span that is not counted. Requests are parsed with the protocol's own definitions
where those can be had (otlp_definitions.sh).
"""

import collections
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KINDS = {2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}
COMPLETE_WAIT_S = 90
OUTAGE_ORDERS = 5
ORDER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What must not be in any span: e-mail addresses, payment tokens, customers.
PERSONAL = re.compile(r"@[a-z]+\.|tok_[a-z]|trace-customer")

Span = collections.namedtuple("Span", "service name kind trace id parent start end order error")


class TestFailed(Exception):
    """What does not hold, with what was seen."""


def demand(holds, what):
    if not holds:
        raise TestFailed(what)


class Collector:
    """Takes OTLP/HTTP requests in and keeps their bodies."""

    def __init__(self, port=0):
        self.bodies = []
        self._lock = threading.Lock()
        self._server = None
        self.port = port

    def start(self):
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name  # the name that http.server calls
                body = self.rfile.read(int(self.headers["Content-Length"]))
                right = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json"
                if right:
                    with collector._lock:
                        collector.bodies.append(body.decode())
                answer = b"{}" if right else b"no"
                self.send_response(200 if right else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                # A collector that is stopped must not go on over connections that it had.
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer)
                self.close_connection = True

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def spans(self):
        with self._lock:
            bodies = list(self.bodies)
        return [span for body in bodies for span in spans_of(json.loads(body))]


def attributes_of(entry):
    return {item["key"]: next(iter(item["value"].values())) for item in entry.get("attributes", [])}


def spans_of(request):
    for resource in request["resourceSpans"]:
        service = attributes_of(resource["resource"])["service.name"]
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                yield Span(service, span["name"], KINDS[span["kind"]], span["traceId"], span["spanId"],
                           span.get("parentSpanId", ""), int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]),
                           attributes_of(span).get("orderflow.order_id", ""), span.get("status", {}).get("message", ""))


class Stack:
    """The stack of this test, and its clients."""

    def __init__(self, folder, endpoint):
        self._folder = folder
        self._start_environment = {**os.environ, "TRACES_ENDPOINT": endpoint, "TRACES_SAMPLE_RATIO": "1"}
        self.environment = {}

    def up(self):
        self._stack("up")
        lines = (pathlib.Path(self._folder) / "stack.env").read_text().splitlines()
        self.environment = {**os.environ, **dict(line.split("=", 1) for line in lines if "=" in line)}

    def down(self):
        subprocess.run([HERE / "stack.sh", "down", self._folder], check=False, stdout=subprocess.DEVNULL)

    def stop_services(self):
        subprocess.run([HERE / "stack.sh", "services", "down", self._folder, *self.processes()], check=True,
                       stdout=subprocess.DEVNULL)

    def _stack(self, command):
        subprocess.run([HERE / "stack.sh", command, self._folder], env=self._start_environment, check=True)

    @staticmethod
    def processes():
        lines = (ROOT / "deploy/local/processes.txt").read_text().splitlines()
        return {line.split()[0]: line.split()[1] for line in lines if line.strip() and not line.startswith("#")}

    def orderctl(self, *arguments):
        program = pathlib.Path(self.environment["ORDERFLOW_BUILD_DIR"]) / "bin/orderctl"
        done = subprocess.run([program, *arguments], env=self.environment, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def place(self, sku, token="tok_approve", wait=True):
        arguments = ["order", "create", "--customer", "trace-customer", "--item", sku, "--token", token]
        return ORDER_ID.search(self.orderctl(*arguments, *(["--wait"] if wait else []))).group()

    def counted(self, name):
        """The sum of a counter over all processes."""
        total = 0
        for prefix in self.processes().values():
            port = self.environment[f"{prefix}_ADMIN_PORT"]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                for line in answer.read().decode().splitlines():
                    if line.startswith((name + " ", name + "{")):
                        total += float(line.rsplit(" ", 1)[1])
        return total


def eventually(condition, what):
    """Until `condition` raises TestFailed no more; then what it returns."""
    deadline = time.monotonic() + COMPLETE_WAIT_S
    changed = threading.Event()  # never set: a pause that nobody can be early for
    while True:
        try:
            return condition()
        except TestFailed as failed:
            if time.monotonic() > deadline:
                raise TestFailed(f"{what}: {failed}") from failed
        changed.wait(0.5)


def check_tree(order, spans):
    """One trace, one first span, every parent there, no span twice, children not before their parents."""
    traces = {span.trace for span in spans if span.order == order}
    demand(len(traces) == 1, f"order {order} has {len(traces)} traces")
    tree = [span for span in spans if span.trace in traces]
    by_id = {span.id: span for span in tree}
    demand(len(by_id) == len(tree), f"order {order}: a span came twice")
    first = [span for span in tree if not span.parent]
    demand([span.name for span in first] == ["orderflow.order.v1.OrderService/CreateOrder"],
           f"order {order}: first spans {[span.name for span in first]}")
    for span in tree:
        demand(not span.parent or span.parent in by_id, f"order {order}: the parent of {span} is missing")
        demand(span.start <= span.end, f"order {order}: {span} ends before it begins")
        demand(span.order in (order, ""), f"order {order}: {span} is of another order")
    return tree, by_id


def count(tree, service, kind, name):
    return sum((span.service, span.kind) == (service, kind) and span.name == name for span in tree)


def expect(tree, order, expected):
    for (service, kind, name), least in expected.items():
        found = count(tree, service, kind, name)
        demand(found >= least, f"order {order}: {found} spans {service} {kind} {name}, not {least}")


def check_hops(tree, by_id, order):
    """Each handled record hangs from its sending, each sending from what caused it."""
    for span in tree:
        parent = by_id.get(span.parent)
        if span.kind == "CONSUMER":
            topic = span.name.removeprefix("process ")
            demand(parent.kind == "PRODUCER" and parent.name == f"publish {topic}", f"order {order}: {span} under {parent}")
        elif span.kind == "PRODUCER":
            demand(parent.kind in ("SERVER", "CONSUMER"), f"order {order}: {span} under {parent}")
        elif span.kind == "CLIENT":
            demand(parent.kind == "CONSUMER" and parent.service == span.service, f"order {order}: {span} under {parent}")
    # What the orchestrator sends follows from a reply.
    for span in tree:
        if (span.service, span.kind) == ("saga-orchestrator", "PRODUCER"):
            demand(by_id[span.parent].name == "process order.replies", f"order {order}: {span} has no reply as its cause")


PLACED = {
    ("order-service", "SERVER", "orderflow.order.v1.OrderService/CreateOrder"): 1,
    ("order-service", "PRODUCER", "publish inventory.commands"): 1,
    ("order-service", "PRODUCER", "publish payment.commands"): 1,
    ("order-service", "PRODUCER", "publish order.events"): 1,
    ("inventory-service", "CONSUMER", "process inventory.commands"): 1,
    ("inventory-service", "PRODUCER", "publish order.replies"): 1,
    ("payment-service", "CONSUMER", "process payment.commands"): 1,
    ("payment-service", "CLIENT", "orderflow.provider.v1.ProviderService/Authorize"): 1,
    ("payment-provider-simulator", "SERVER", "orderflow.provider.v1.ProviderService/Authorize"): 1,
    ("payment-service", "PRODUCER", "publish order.replies"): 1,
    ("saga-orchestrator", "CONSUMER", "process order.replies"): 2,
    ("saga-orchestrator", "PRODUCER", "publish order.events"): 1,
    ("notification-service", "CONSUMER", "process order.events"): 2,
    ("notification-service", "CLIENT", "send mail"): 1,
}
CONFIRMED = {
    **PLACED,
    ("payment-service", "CLIENT", "orderflow.provider.v1.ProviderService/Capture"): 1,
    ("saga-orchestrator", "PRODUCER", "publish payment.commands"): 1,
    ("inventory-service", "CONSUMER", "process inventory.commands"): 2,
}
DECLINED = {**PLACED, ("inventory-service", "CONSUMER", "process inventory.commands"): 2}
REFUNDED = {
    **CONFIRMED,
    ("order-service", "SERVER", "orderflow.order.v1.OrderService/CancelOrder"): 1,
    ("payment-service", "CLIENT", "orderflow.provider.v1.ProviderService/Refund"): 1,
    ("notification-service", "CLIENT", "send mail"): 2,
}


def check_order(collector, order, expected):
    def complete():
        tree, by_id = check_tree(order, collector.spans())
        expect(tree, order, expected)
        check_hops(tree, by_id, order)
        return tree

    return eventually(complete, "the trace is not as it must be")


def check_protocol(bodies):
    """Every field of every request is known to the protocol; says how many, or why nothing was checked."""
    got = subprocess.run([HERE / "otlp_definitions.sh"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if got.returncode != 0:
        return f"skipped ({got.stderr.strip().splitlines()[-1]})"
    sys.path.insert(0, got.stdout.strip())
    # pylint: disable=import-outside-toplevel,import-error
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    for body in bodies:
        # The protocol's JSON has ids in hexadecimal digits, protobuf's has bytes in base64: the one deviation.
        parsed = json_format.Parse(hex_ids_to_base64(body), ExportTraceServiceRequest())
        for span in (s for r in parsed.resource_spans for c in r.scope_spans for s in c.spans):
            demand((len(span.trace_id), len(span.span_id)) == (16, 8), "an id has another length than the protocol says")
    return str(len(bodies))


def hex_ids_to_base64(body):
    import base64  # pylint: disable=import-outside-toplevel

    def encode(match):
        return f'"{match.group(1)}":"{base64.b64encode(bytes.fromhex(match.group(2))).decode()}"'

    return re.sub(r'"(traceId|spanId|parentSpanId)":"([0-9a-f]+)"', encode, body)


def play_outcomes(stack, collector):
    expected = {stack.place("TRACE-TEA"): CONFIRMED for _ in range(3)}
    expected[stack.place("TRACE-TEA", token="tok_decline_insufficient_funds")] = DECLINED
    refunded = stack.place("TRACE-TEA")
    stack.orderctl("order", "cancel", refunded)
    expected[refunded] = REFUNDED
    # Cancelled while it waits for its payment: compensated, or refunded when the cancel came too late.
    under_way = stack.place("TRACE-TEA", token="tok_slow", wait=False)
    stack.orderctl("order", "cancel", under_way)
    expected[under_way] = {**PLACED, ("order-service", "SERVER", "orderflow.order.v1.OrderService/CancelOrder"): 1}
    for order, spans in expected.items():
        check_order(collector, order, spans)
    return expected


def play_outage(stack, collector):
    """While the collector is away spans wait; what is lost in spite of that is counted."""
    collector.stop()
    orders = [stack.place("TRACE-TEA") for _ in range(OUTAGE_ORDERS)]

    def noticed():
        demand(stack.counted("orderflow_trace_export_failures_total") > 0, "nobody missed the collector")

    eventually(noticed, "outage")
    collector.start()
    for order in orders:
        check_order(collector, order, CONFIRMED)
    return orders


def check_counts(stack, collector):
    def equal():
        exported = stack.counted("orderflow_trace_exported_spans_total")
        received = len(collector.spans())
        demand(exported == received, f"{received} spans came, {exported:.0f} are counted")
        return received

    received = eventually(equal, "counters")
    dropped = stack.counted("orderflow_trace_dropped_spans_total")
    demand(dropped == 0, f"{dropped:.0f} spans were dropped in a short outage")
    return received


def run(folder):
    collector = Collector()
    collector.start()
    stack = Stack(folder, f"http://127.0.0.1:{collector.port}")
    try:
        stack.up()
        stack.orderctl("item", "upsert", "TRACE-TEA", "--price", "2.50")
        stack.orderctl("stock", "adjust", "TRACE-TEA", "--delta", "1000")
        orders = play_outcomes(stack, collector)
        orders.update(dict.fromkeys(play_outage(stack, collector), CONFIRMED))
        check_counts(stack, collector)
        # Stopping exports what waits; calls of the last second are among it.
        last = stack.place("TRACE-TEA")
        stack.stop_services()
        demand(any(span.order == last and span.name.endswith("/CreateOrder") for span in collector.spans()),
               "the last spans were not exported at the stop")
        spans = collector.spans()
        demand(len({(span.trace, span.id) for span in spans}) == len(spans), "a span came twice")
        personal = PERSONAL.search("".join(collector.bodies))
        demand(personal is None, f"a span says who the customer is: {personal}")
        protocol = check_protocol(collector.bodies)
        print(f"traces: orders={len(orders)} traces={len(orders)} spans={len(spans)} "
              f"spans_per_order={len([s for s in spans if s.order]) / (len(orders) + 1):.0f} dropped=0 requests_parsed={protocol}")
    finally:
        stack.down()
        collector.stop()


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run(folder.resolve())
    except TestFailed as failed:
        print(f"traces: FAILED: {failed}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
