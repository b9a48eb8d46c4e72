"""What the dashboards show: for each panel its title, its unit, its queries and what it tells."""

from dataclasses import dataclass, field


@dataclass
class Panel:
    title: str
    unit: str  # Grafana's name of it
    description: str
    queries: list  # of (PromQL, legend)
    runbook: str = None  # a page of docs/runbooks
    kind: str = "timeseries"
    bad_from: float = None  # red from there on
    stacked: bool = False


@dataclass
class Row:
    title: str
    panels: list


@dataclass
class Dashboard:
    uid: str  # the file's name, too
    title: str
    description: str
    rows: list
    variable: tuple = field(default=None)  # name and query


def stat(title, unit, description, query, runbook=None, bad_from=None):
    return Panel(title, unit, description, [(query, "")], runbook, "stat", bad_from)


OVERVIEW = Dashboard(
    "orderflow-overview", "Orderflow: overview", "Golden signals of the whole: what customers get, and what waits.",
    [
        Row("Now", [
            stat("Orders accepted", "reqps", "Orders that the API took in, a second.", "sum(orderflow_orders_accepted:rate5m)",
                 "orders-not-finishing"),
            stat("Orders finished", "ops", "Orders that came to rest, a second, whatever their outcome.",
                 "sum(outcome:orderflow_order_finished_orders:rate5m)", "orders-not-finishing"),
            stat("Calls that fail", "percentunit", "Part of order-service's calls that end in an error of ours.",
                 'max(job:orderflow_rpc_errors:ratio_rate5m{job="order-service"})', "call-errors", 0.001),
            stat("Sagas for a person", "none", "Sagas that do not go on by themselves.",
                 "sum(max by (namespace) (orderflow_saga_needs_attention_sagas))", "saga-needs-attention", 1),
            stat("Dead letters", "none", "Records that could not be handled, and that nobody has settled.",
                 "sum(max by (namespace, topic) (orderflow_order_open_dead_letters))", "dead-letters", 1),
            stat("Broken promises", "none", "What the checker's last run found.",
                 "sum(max by (invariant) (orderflow_verify_violations))", "violation", 1),
        ]),
        Row("Traffic and errors", [
            Panel("Orders", "ops", "Accepted, and come to rest by outcome. Over minutes both are the same.",
                  [("sum(orderflow_orders_accepted:rate5m)", "accepted"),
                   ("sum by (outcome) (outcome:orderflow_order_finished_orders:rate5m)", "{{outcome}}")], "orders-not-finishing"),
            Panel("Calls by method", "reqps", "Calls that order-service answered.",
                  [('sum by (method) (job_method:orderflow_rpc_calls:rate5m{job="order-service"})', "{{method}}")], "call-errors"),
            Panel("Calls that fail", "percentunit", "Part of the calls that end in an error of ours, by process.",
                  [("job:orderflow_rpc_errors:ratio_rate5m", "{{namespace}} {{job}}")], "call-errors", bad_from=0.001),
        ]),
        Row("Duration", [
            Panel("Calls, 99th percentile", "s", "Time from arrival of a call to order-service to its answer.",
                  [('job_method:orderflow_rpc_duration_seconds:p99_5m{job="order-service"}', "{{namespace}} {{method}}")], "call-errors"),
            Panel("Orders, from acceptance to rest", "s", "How long an order takes; it waits for the provider, mostly.",
                  [("orderflow_saga_duration_seconds:p99_5m", "{{namespace}} 99th percentile"),
                   ("histogram_quantile(0.5, sum by (le) (rate(orderflow_saga_duration_seconds_bucket[5m])))", "median")],
                  "orders-not-finishing", bad_from=20),
            Panel("Calls to other servers, 99th percentile", "s", "Quotes at inventory-service, operations at the provider.",
                  [("job_method:orderflow_rpc_client_duration_seconds:p99_5m", "{{namespace}} {{job}} {{method}}")], "unknown-outcomes"),
        ]),
        Row("Saturation", [
            Panel("Places for writing calls", "none", "The limit that admission has learned, those taken, and calls refused.",
                  [("sum(orderflow_admission_limit_calls)", "limit"), ("sum(orderflow_admission_in_flight_calls)", "taken"),
                   ("sum by (reason) (rate(orderflow_admission_refused_calls_total[5m]))", "refused a second: {{reason}}")],
                  "overload"),
            Panel("Database pools", "percentunit", "Part of the connections that somebody works with.",
                  [("job:orderflow_database_pool_connections:used_ratio", "{{namespace}} {{job}}")], "database-pool", bad_from=1),
            Panel("Memory", "bytes", "Resident memory of each process.",
                  [("process_resident_memory_bytes", "{{job}} {{instance}}")], "process-down"),
        ]),
    ])

SAGAS = Dashboard(
    "orderflow-sagas", "Orderflow: sagas", "Whether every order gets to its end, and what keeps it.",
    [
        Row("Now", [
            stat("Past due", "none", "Sagas whose next action is over 5 s late.", "sum(max by (namespace) (orderflow_saga_past_due_sagas))",
                 "sagas-past-due", 1),
            stat("For a person", "none", "Sagas that ran out of attempts, or that a person parked.",
                 "sum(max by (namespace) (orderflow_saga_needs_attention_sagas))", "saga-needs-attention", 1),
            stat("Paused sagas", "none", "Sagas that a person has paused.", "sum(max by (namespace) (orderflow_saga_paused_sagas))",
                 "saga-needs-attention", 1),
            stat("Paused steps", "none", "Steps that persons have paused in all sagas.", "sum(max by (namespace) (orderflow_saga_paused_steps))",
                 "orders-not-finishing", 1),
        ]),
        Row("Flow", [
            Panel("Orders come to rest", "ops", "By outcome.",
                  [("sum by (outcome) (outcome:orderflow_order_finished_orders:rate5m)", "{{outcome}}")], "orders-not-finishing", stacked=True),
            Panel("Time to rest", "s", "From acceptance until rest.",
                  [("orderflow_saga_duration_seconds:p99_5m", "{{namespace}} 99th percentile"),
                   ("histogram_quantile(0.9, sum by (le) (rate(orderflow_saga_duration_seconds_bucket[5m])))", "90th"),
                   ("histogram_quantile(0.5, sum by (le) (rate(orderflow_saga_duration_seconds_bucket[5m])))", "median")],
                  "orders-not-finishing", bad_from=20),
            Panel("Orders per transaction", "none", "Group commit: the mean of what one accepting transaction holds.",
                  [("sum(rate(orderflow_order_accept_batch_orders_sum[5m])) "
                    "/ sum(rate(orderflow_order_accept_batch_orders_count[5m]))", "orders")], "overload"),
        ]),
        Row("Trouble", [
            Panel("Sagas that do not move", "none", "Past due, waiting for a person, paused.",
                  [("sum(max by (namespace) (orderflow_saga_past_due_sagas))", "past due"),
                   ("sum(max by (namespace) (orderflow_saga_needs_attention_sagas))", "for a person"),
                   ("sum(max by (namespace) (orderflow_saga_paused_sagas))", "paused")], "saga-needs-attention"),
            Panel("Parked and failed timers", "ops", "Sagas that were parked, and timers that could not act.",
                  [("sum(rate(orderflow_saga_parked_sagas_total[5m]))", "parked"),
                   ("sum(rate(orderflow_saga_timer_failures_total[5m]))", "timer failed")], "sagas-past-due"),
            Panel("Replies that lead nowhere", "ops", "Of orders that do not exist, or of definitions of a newer binary.",
                  [("sum(rate(orderflow_saga_orderless_replies_total[5m]))", "no order"),
                   ("sum(rate(orderflow_saga_skipped_replies_total[5m]))", "newer definition")], "sagas-past-due"),
        ]),
        Row("Participants", [
            Panel("Stock commands", "ops", "Answers of inventory-service.",
                  [("sum by (command, outcome) (rate(orderflow_inventory_answers_total[5m]))", "{{command}} {{outcome}}")],
                  "consumer-lag"),
            Panel("Payment outcomes", "ops", "What calls to the provider taught us.",
                  [("sum by (kind, verdict) (rate(orderflow_payment_outcomes_total[5m]))", "{{kind}} {{verdict}}")],
                  "unknown-outcomes"),
            Panel("Mails", "ops", "Tries to deliver, by how they ended, and notifications taken in.",
                  [("sum by (outcome) (rate(orderflow_notification_tries_total[5m]))", "{{outcome}}"),
                   ("sum(rate(orderflow_notification_created_notifications_total[5m]))", "taken in")], "notification-parked"),
        ]),
    ])

MESSAGES = Dashboard(
    "orderflow-messages", "Orderflow: outbox and Kafka", "Whether messages leave, and whether they are handled.",
    [
        Row("Outbox", [
            Panel("Oldest message", "s", "Age of the oldest message that the broker has not acknowledged.",
                  [("job:orderflow_outbox_oldest_age_seconds:max", "{{namespace}} {{job}}")], "outbox-old", bad_from=60),
            Panel("Messages in the table", "none", "Backlog, as the sweeping process of each service counts it.",
                  [("sum by (job) (max by (namespace, job) (orderflow_outbox_messages))", "{{job}}")], "outbox-old"),
            Panel("Published", "ops", "Messages that the broker acknowledged, and the records in which they went.",
                  [("sum by (job) (rate(orderflow_outbox_published_messages_total[5m]))", "{{job}}"),
                   ("sum by (job) (rate(orderflow_outbox_published_records_total[5m]))", "{{job}} records")], "outbox-old"),
            Panel("Sends that failed", "ops", "Each is sent again.",
                  [("sum by (job) (rate(orderflow_outbox_publish_failures_total[5m]))", "{{job}}")], "outbox-old"),
            Panel("Left to the sweep", "ops", "Did not fit into memory, and found by the sweep.",
                  [("sum by (job) (rate(orderflow_outbox_left_messages_total[5m]))", "{{job}} left"),
                   ("sum by (job) (rate(orderflow_outbox_swept_messages_total[5m]))", "{{job}} swept")], "outbox-old"),
        ]),
        Row("Consumers", [
            Panel("Lag", "none", "Records in the log that are not read yet; one that holds several messages counts once.",
                  [("sum by (group) (group:orderflow_consumer_lag_records:sum)", "{{group}}")], "consumer-lag"),
            Panel("Handled", "ops", "Records whose effects are committed; one that holds several messages counts as those.",
                  [("sum by (group) (group:orderflow_consumer_records:rate5m)", "{{group}}")], "consumer-lag"),
            Panel("Partitions", "none", "Assigned, by process. Their sum is that of the topic.",
                  [("orderflow_consumer_assigned_partitions", "{{group}} {{instance}}")], "consumer-lag", stacked=True),
            Panel("Time of a batch, 99th percentile", "s", "From the start of its transaction to its commit.",
                  [("histogram_quantile(0.99, sum by (group, le) (rate(orderflow_consumer_handle_duration_seconds_bucket[5m])))",
                    "{{group}}")], "consumer-lag"),
            Panel("Records per transaction", "none", "Mean.",
                  [("sum by (group) (rate(orderflow_consumer_batch_records_sum[5m])) "
                    "/ sum by (group) (rate(orderflow_consumer_batch_records_count[5m]))", "{{group}}")], "consumer-lag"),
            Panel("Batches that failed", "ops", "Tried again; fenced: another process had moved the progress.",
                  [("sum by (group) (rate(orderflow_consumer_failed_batches_total[5m]))", "{{group}} failed"),
                   ("sum by (group) (rate(orderflow_consumer_fenced_batches_total[5m]))", "{{group}} fenced"),
                   ("sum by (group) (rate(orderflow_consumer_offset_resets_total[5m]))", "{{group}} read anew")],
                  "consumer-lag"),
        ]),
        Row("Dead letters", [
            Panel("Open", "none", "Nobody has redriven or discarded them, by topic.",
                  [("sum by (topic) (max by (namespace, topic) (orderflow_order_open_dead_letters))", "{{topic}}")], "dead-letters", bad_from=1),
            Panel("Made and settled", "ops", "Moved to a dead letter topic, by group; settled, by action.",
                  [("sum by (group) (rate(orderflow_consumer_dead_letters_total[5m]))", "made: {{group}}"),
                   ("sum by (action) (rate(orderflow_order_settled_dead_letters_total[5m]))", "settled: {{action}}")],
                  "dead-letters"),
        ]),
    ])

MONEY = Dashboard(
    "orderflow-money", "Orderflow: money", "Payments, the provider, and whether both sides' books agree.",
    [
        Row("Now", [
            stat("Unknown operations", "none", "Provider operations whose outcome is open.",
                 "sum(max by (namespace) (orderflow_payment_unknown_operations))", "unknown-outcomes"),
            stat("Oldest unknown", "s", "Age of the oldest of them.", "max(orderflow_payment_unknown_oldest_age_seconds)",
                 "unknown-outcomes", 300),
            stat("Open findings", "none", "Differences that no rule closes.", "sum(max by (namespace) (orderflow_payment_reconcile_open_findings))",
                 "reconciliation-finding", 1),
            stat("Last comparison", "s", "Age of the last complete comparison of the books; -1: none yet.",
                 "min(orderflow_payment_reconcile_last_complete_age_seconds)", "reconciliation-finding", 3600),
            stat("Broken promises", "none", "Violations about money that the checker's last run found.",
                 'sum(max by (invariant) (orderflow_verify_violations{invariant=~"money.*"}))', "violation", 1),
            stat("Checked", "s", "Age of the checker's last run.",
                 "time() - max(orderflow_verify_last_run_timestamp_seconds)", "checker-stale", 900),
        ]),
        Row("Provider", [
            Panel("Calls by method", "reqps", "Calls of payment-service to the provider.",
                  [('sum by (method) (job_method:orderflow_rpc_client_calls:rate5m{job="payment-service"})', "{{method}}")], "unknown-outcomes"),
            Panel("Calls that failed", "reqps", "Their outcome is unknown until the provider tells it.",
                  [('sum by (method, code) (rate(orderflow_rpc_client_calls_total{job="payment-service", code!="OK"}[5m]))',
                    "{{method}} {{code}}")], "unknown-outcomes"),
            Panel("Calls, 99th percentile", "s", "Time that a call took; 3 s is the deadline.",
                  [('job_method:orderflow_rpc_client_duration_seconds:p99_5m{job="payment-service"}', "{{namespace}} {{method}}")],
                  "unknown-outcomes"),
            Panel("Outcomes", "ops", "What calls taught us, by kind and verdict.",
                  [("sum by (kind, verdict) (rate(orderflow_payment_outcomes_total[5m]))", "{{kind}} {{verdict}}")],
                  "unknown-outcomes"),
            Panel("Calls that wait", "none", "Provider calls that wait for their turn; commands wait in Kafka beyond the bound.",
                  [("sum(orderflow_payment_waiting_calls)", "waiting")], "unknown-outcomes"),
            Panel("Webhooks and hints", "ops", "Webhooks by what they led to, and what the provider then answered.",
                  [("sum by (result) (rate(orderflow_payment_webhooks_total[5m]))", "webhook {{result}}"),
                   ("sum by (result) (rate(orderflow_payment_hints_total[5m]))", "hint {{result}}"),
                   ("sum by (answer) (rate(orderflow_payment_hint_answers_total[5m]))", "answer {{answer}}")],
                  "unknown-outcomes"),
        ]),
        Row("Books", [
            Panel("Payments compared", "ops", "With the provider's books.",
                  [("sum(rate(orderflow_payment_reconcile_payments_total[5m]))", "payments")], "reconciliation-finding"),
            Panel("Differences", "ops", "Each time that a run meets them, by class and closure.",
                  [("sum by (class, closure) (rate(orderflow_payment_reconcile_differences_total[15m]))",
                    "{{class}} {{closure}}")], "reconciliation-finding"),
            Panel("Runs", "ops", "Of the reconciler, by how they ended.",
                  [("sum by (result) (rate(orderflow_payment_reconcile_runs_total[15m]))", "{{result}}")],
                  "reconciliation-finding"),
            Panel("Promises", "none", "Violations by promise, as the checker's last run found them.",
                  [("max by (invariant) (orderflow_verify_violations) > 0", "{{invariant}}")], "violation", bad_from=1),
            Panel("Waits for a person", "none", "What is parked and breaks no promise, by kind.",
                  [("max by (invariant) (orderflow_verify_attention_cases)", "{{invariant}}")], "violation"),
        ]),
    ])

SERVICE = Dashboard(
    "orderflow-service", "Orderflow: one service", "Golden signals of one process and its replicas.",
    [
        Row("Process", [
            stat("Running", "none", "Processes that answer the scrape.", 'sum(up{job="$job"})', "process-down"),
            stat("Not ready", "none", "Reasons not to be ready; /readyz names them.",
                 'sum(orderflow_process_unready_reasons{job="$job"})', "database-failover", 1),
            stat("Up for", "s", "Since the youngest of them started.",
                 'time() - max(process_start_time_seconds{job="$job"})', "process-down"),
            stat("Versions", "none", "Different versions that run.",
                 'count(count by (version) (orderflow_build_info{job="$job"}))', "process-down", 2),
            stat("Streams", "none", "Open streams.", 'sum(orderflow_rpc_open_streams{job="$job"})', "overload"),
            stat("Calls that wait", "none", "Admitted, without a thread yet.",
                 'sum(orderflow_rpc_waiting_calls{job="$job"})', "overload"),
        ]),
        Row("Calls", [
            Panel("Rate", "reqps", "Calls answered, by method.",
                  [('sum by (method) (job_method:orderflow_rpc_calls:rate5m{job="$job"})', "{{method}}")], "call-errors"),
            Panel("Not OK", "reqps", "By method and code; not each is an error of ours.",
                  [('sum by (method, code) (rate(orderflow_rpc_calls_total{job="$job", code!="OK"}[$__rate_interval]))',
                    "{{method}} {{code}}")], "call-errors"),
            Panel("Duration, 99th percentile", "s", "From arrival to answer, by method.",
                  [('job_method:orderflow_rpc_duration_seconds:p99_5m{job="$job"}', "{{namespace}} {{method}}")], "call-errors"),
            Panel("Calls to other servers", "reqps", "Calls made, by method, and those that failed.",
                  [('sum by (method) (job_method:orderflow_rpc_client_calls:rate5m{job="$job"})', "{{method}}"),
                   ('sum by (method) (job_method:orderflow_rpc_client_errors:rate5m{job="$job"}) > 0', "{{method}} failed")], "call-errors"),
            Panel("Duration of calls to other servers, 99th percentile", "s", "By method.",
                  [('job_method:orderflow_rpc_client_duration_seconds:p99_5m{job="$job"}', "{{namespace}} {{method}}")], "call-errors"),
        ]),
        Row("Database", [
            Panel("Connections", "none", "In use, and the most there may be.",
                  [('sum(orderflow_database_pool_used_connections{job="$job"})', "in use"),
                   ('sum(orderflow_database_pool_max_connections{job="$job"})', "most")], "database-pool"),
            Panel("Wait for a connection, 99th percentile", "s", "Two seconds, and the work is given up.",
                  [('job:orderflow_database_pool_wait_seconds:p99_5m{job="$job"}', "{{namespace}} wait")], "database-pool", bad_from=2),
            Panel("Given up and refused", "ops", "Work that got no connection, and connections that could not be opened.",
                  [('sum(rate(orderflow_database_pool_timeouts_total{job="$job"}[$__rate_interval]))', "given up"),
                   ('sum(rate(orderflow_database_connect_failures_total{job="$job"}[$__rate_interval]))', "not opened")],
                  "database-pool"),
        ]),
        Row("Machine", [
            Panel("Processor", "percentunit", "1 is one processor.",
                  [('rate(process_cpu_seconds_total{job="$job"}[$__rate_interval])', "{{instance}}")], "overload"),
            Panel("Memory", "bytes", "Resident.",
                  [('process_resident_memory_bytes{job="$job"}', "{{instance}}")], "process-down"),
            Panel("File descriptors", "none", "Open, and the most there may be.",
                  [('process_open_fds{job="$job"}', "{{instance}} open"),
                   ('process_max_fds{job="$job"}', "{{instance}} most")], "process-down"),
        ]),
    ],
    ("job", "label_values(orderflow_build_info, job)"))

DASHBOARDS = [OVERVIEW, SAGAS, MESSAGES, MONEY, SERVICE]
