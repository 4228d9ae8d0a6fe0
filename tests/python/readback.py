"""What MLflow's own client and server say about the traces of tests/programs/shop.rs: `readback.py FILE`."""

import json
import sys

import mlflow
from checks import check, equal, run_checks
from server import Server

FILE = sys.argv[1]
mlflow.set_tracking_uri(f"sqlite:///{FILE}")
TRACES = mlflow.search_traces(locations=["0"], return_type="list", max_results=500)


def traces(name):
    return [trace for trace in TRACES if trace.info.tags["mlflow.traceName"] == name]


def one(name):
    found = traces(name)
    assert len(found) == 1, f"{len(found)} traces are called {name!r}"
    return mlflow.get_trace(found[0].info.trace_id)


def span(trace, name):
    found = [span for span in trace.data.spans if span.name == name]
    assert found, f"no span is called {name!r}"
    return found[0]


def tree(trace, by_start=True):
    """The spans as nested lists: [name, type, status, [children]]."""
    key = (lambda span: span.start_time_ns) if by_start else (lambda span: json.dumps(span.inputs))

    def below(parent):
        children = sorted((span for span in trace.data.spans if span.parent_id == parent), key=key)
        return [
            [span.name, span.span_type, span.status.status_code.value, below(span.span_id)]
            for span in children
        ]

    return below(None)


def exception_of(span):
    """The attributes of the span's one exception event, without the stack trace."""
    events = [event for event in span.events if event.name == "exception"]
    assert len(events) == 1, f"{len(events)} exception events in {span.name}: {span.events}"
    return {key: value for key, value in events[0].attributes.items() if key != "exception.stacktrace"}


@check
def every_call_without_a_caller_is_a_trace():
    names = {}
    for trace in TRACES:
        names[trace.info.tags["mlflow.traceName"]] = names.get(trace.info.tags["mlflow.traceName"], 0) + 1
    expected = {
        "order": 1, "refused_order": 1, "forgiven_order": 1, "explosion": 1, "checkout": 1, "fan_out": 1,
        "serve": 8, "crew": 1, "talk": 1, "long_text": 1, "previews": 1, "noted": 1,
    }
    equal(names, expected, "how many traces have which name")


@check
def nested_calls_make_the_tree():
    expected = [
        ["order", "AGENT", "OK", [
            ["find_stock", "RETRIEVER", "OK", []],
            ["find_stock", "RETRIEVER", "OK", []],
            ["sum up", "PARSER", "OK", []],
            ["pay at the till", "TOOL", "OK", []],
        ]]
    ]
    equal(tree(one("order")), expected, "the tree of `order`")


@check
def inputs_and_outputs_are_the_values_of_the_call():
    trace = one("order")
    order, stock, pay = span(trace, "order"), span(trace, "find_stock"), span(trace, "pay at the till")
    items = [{"sku": "coffee", "count": 5}, {"sku": "tea", "count": 3}]
    equal(order.inputs, {"customer": "Käthe", "items": items}, "inputs of `order`")
    equal(order.outputs, {"cents": 1250, "lines": [["coffee", 1250], ["tea", 0]]}, "outputs of `order`")
    equal(stock.inputs, {"item": items[0], "shelf": 'Shelf { label: "A" }'}, "inputs of `find_stock`")
    equal(stock.outputs, 1250, "outputs of `find_stock`")
    missing = [span for span in trace.data.spans if span.name == "find_stock"][1]
    equal(missing.outputs, None, "the output None")
    equal(list(pay.inputs), ["cents", "card"], "parameters of `pay`")
    card = pay.inputs["card"]
    assert card.startswith("<") and card.endswith("Card>"), f"a value without a text shows as {card!r}"
    equal(pay.outputs, True, "outputs of `pay`")


@check
def attributes_are_stored_as_values():
    trace = one("order")
    pay = span(trace, "pay at the till")
    equal(pay.get_attribute("shop.open"), True, "attribute shop.open")
    equal(pay.get_attribute("doubled"), 2500, "attribute doubled")
    summed = span(trace, "sum up")
    equal(summed.get_attribute("rounding"), "none", "attribute rounding")
    equal(summed.inputs, [["coffee", 1250], ["tea", 0]], "inputs given by hand")
    equal(summed.outputs, 1250, "outputs given by hand")
    event = [(event.name, event.attributes) for event in summed.events]
    equal(event, [("summed", {"lines": 2})], "events of `sum up`")
    equal(span(trace, "order").get_attribute("mlflow.spanDescription"), "Takes an order", "description")


@check
def what_the_program_says_of_the_trace_is_stored():
    trace = one("order")
    info = trace.info
    equal(info.tags.get("tier"), "gold", "tag tier")
    metadata = {key: info.trace_metadata.get(key) for key in ["mlflow.trace.user", "mlflow.trace.session", "shop"]}
    expected = {"mlflow.trace.user": "u-17", "mlflow.trace.session": "s-4", "shop": "Köln"}
    equal(metadata, expected, "metadata")
    equal(info.client_request_id, "req-7", "client request id")
    equal(info.experiment_id, "0", "experiment")


@check
def an_error_ends_each_span_that_it_passes():
    refused = one("refused_order")
    child = ["reserve", "UNKNOWN", "ERROR", []]
    equal(tree(refused), [["refused_order", "UNKNOWN", "ERROR", [child]]], "the tree of `refused_order`")
    equal(refused.info.state.value, "ERROR", "state of the trace")
    for name in ["refused_order", "reserve"]:
        found = span(refused, name)
        exception = exception_of(found)
        equal(sorted(exception), ["exception.message", "exception.type"], f"exception of {name}")
        assert exception["exception.type"].endswith("OutOfStock"), exception
        message = exception["exception.message"]
        assert message.startswith("no tea left"), exception
        assert "no tea left" in found.status.description, found.status
        equal(found.outputs, None, f"outputs of {name}")
    text = json.dumps([event.attributes for event in span(refused, "reserve").events])
    assert "the shelf is empty" in text, f"the source of the error is nowhere in {text}"


@check
def an_error_that_is_handled_stays_in_its_span():
    forgiven = one("forgiven_order")
    child = ["reserve", "UNKNOWN", "ERROR", []]
    equal(tree(forgiven), [["forgiven_order", "UNKNOWN", "OK", [child]]], "the tree of `forgiven_order`")
    equal(forgiven.info.state.value, "OK", "state of the trace")


@check
def a_panic_ends_its_spans_with_its_message():
    trace = one("explosion")
    child = ["light_fuse", "UNKNOWN", "ERROR", []]
    equal(tree(trace), [["explosion", "UNKNOWN", "ERROR", [child]]], "the tree of `explosion`")
    exception = exception_of(span(trace, "light_fuse"))
    assert exception["exception.message"] == "too short a fuse: 2", exception
    assert "too short a fuse: 2" in span(trace, "light_fuse").status.description, "status of `light_fuse`"


@check
def asynchronous_calls_nest_like_others_and_a_dropped_one_is_cancelled():
    trace = one("checkout")
    expected = [
        ["checkout", "UNKNOWN", "OK", [
            ["ask_bank", "UNKNOWN", "OK", [["dial", "UNKNOWN", "OK", [["wire", "TASK", "OK", []]]]]],
            ["slow_bank", "UNKNOWN", "ERROR", []],
        ]]
    ]
    equal(tree(trace), expected, "the tree of `checkout`")
    slow = span(trace, "slow_bank")
    assert "cancelled" in slow.status.description, slow.status
    took = (slow.end_time_ns - slow.start_time_ns) / 1e9
    assert 0.015 < took < 5, f"the cancelled span took {took} s"
    equal(span(trace, "ask_bank").outputs, "1250 sent", "outputs of `ask_bank` (the value inside Ok)")
    equal(span(trace, "dial").get_attribute("number"), "0800", "attribute of an asynchronous block")
    equal(span(trace, "checkout").outputs, "1250 sent, slow bank answered: False".lower(), "outputs of `checkout`")


@check
def three_tasks_at_once_keep_their_own_children():
    trace = one("fan_out")
    delivery = ["deliver", "UNKNOWN", "OK", [["pack", "UNKNOWN", "OK", []]]]
    equal(tree(trace, by_start=False), [["fan_out", "UNKNOWN", "OK", [delivery] * 3]], "the tree of `fan_out`")
    deliveries = [span for span in trace.data.spans if span.name == "deliver"]
    latest_start = max(span.start_time_ns for span in deliveries)
    assert all(latest_start < span.end_time_ns for span in deliveries), "the three were not under way at once"
    for delivery in deliveries:
        packs = [span for span in trace.data.spans if span.parent_id == delivery.span_id]
        equal([pack.inputs for pack in packs], [{"parcel": delivery.inputs["parcel"]}], "the task's own child")
        equal([pack.outputs for pack in packs], [delivery.outputs], "the child's output")


@check
def eight_threads_make_a_trace_each():
    served = traces("serve")
    customers = []
    for trace in served:
        expected = [["serve", "UNKNOWN", "OK", [["pack", "UNKNOWN", "OK", []]]]]
        equal(tree(trace), expected, "the tree of `serve`")
        customers.append(span(trace, "serve").inputs["customer"])
        equal(span(trace, "pack").inputs, {"parcel": customers[-1]}, "the child of the same thread")
    equal(sorted(customers), list(range(1, 9)), "the threads")


@check
def a_closure_on_another_thread_belongs_to_the_span_that_sent_it():
    trace = one("crew")
    child = ["pack", "UNKNOWN", "OK", []]
    equal(tree(trace), [["crew", "UNKNOWN", "OK", [child, child]]], "the tree of `crew`")
    equal(span(trace, "crew").outputs, 30, "outputs of `crew`")


@check
def tokens_model_and_cost_are_summed_over_the_tree():
    trace = one("talk")
    usage = {"input_tokens": 30, "output_tokens": 3, "total_tokens": 33, "cache_read_input_tokens": 4}
    equal(trace.info.token_usage, usage, "tokens of the trace")
    equal(trace.info.cost, {"input_cost": 1.0, "output_cost": 0.5, "total_cost": 1.5}, "cost of the trace")
    completes = [span for span in trace.data.spans if span.name == "complete"]
    equal([span.span_type for span in completes], ["CHAT_MODEL"] * 2, "types")
    equal([span.get_attribute("mlflow.llm.model") for span in completes], ["house-model"] * 2, "models")
    equal([span.get_attribute("mlflow.llm.provider") for span in completes], ["house"] * 2, "providers")
    usages = [span.get_attribute("mlflow.chat.tokenUsage")["total_tokens"] for span in completes]
    equal(usages, [11, 22], "tokens of the spans")


@check
def previews_show_chats_long_texts_and_what_was_set():
    talk = one("talk").info
    equal(talk.request_preview, "Was ist »MLflow«?", "request of a chat")
    equal(talk.response_preview, "turn 2 on 2 messages", "response of a chat")
    order = one("order").info
    request = '{"customer": "Käthe", "items": [{"sku": "coffee", "count": 5}, {"sku": "tea", "count": 3}]}'
    equal(order.request_preview, request, "request of a call")
    response = '{"cents": 1250, "lines": [["coffee", 1250], ["tea", 0]]}'
    equal(order.response_preview, response, "response of a call")
    long_text = one("long_text").info
    equal(long_text.request_preview, '{"text": "' + "ü" * 987 + "...", "request of a long text")
    equal(len(span(one("long_text"), "long_text").outputs), 3000, "length of the text itself")
    previews = one("previews").info
    equal((previews.request_preview, previews.response_preview), ("what was asked", "what was said"), "previews")


@check
def what_the_body_records_wins_over_what_the_attribute_saw():
    noted = span(one("noted"), "noted")
    equal(noted.inputs, {"replaced": "tea"}, "inputs")
    equal(noted.outputs, "set inside the body", "outputs")
    exception = exception_of(noted)
    assert exception["exception.message"].startswith("no tea left"), exception


@check
def times_are_ordered_and_recent():
    for trace in TRACES:
        spans = {span.span_id: span for span in trace.data.spans}
        for span in spans.values():
            assert span.start_time_ns <= span.end_time_ns, f"{span.name} ends before it starts"
            parent = spans.get(span.parent_id)
            if parent is not None:
                assert parent.start_time_ns <= span.start_time_ns, f"{span.name} starts before its parent"
        root = next(span for span in spans.values() if span.parent_id is None)
        equal(trace.info.request_time, root.start_time_ns // 1_000_000, "start of the trace in ms")
        took = (root.end_time_ns - root.start_time_ns) // 1_000_000
        assert abs(trace.info.execution_duration - took) <= 1, (trace.info.execution_duration, took)


@check
def searches_find_the_traces():
    filters = {
        "metadata.`mlflow.trace.session` = 's-4'": ["order"],
        "metadata.`mlflow.trace.user` = 'u-17'": ["order"],
        "tags.tier = 'gold'": ["order"],
        "client_request_id = 'req-7'": ["order"],
        "status = 'ERROR'": ["explosion", "noted", "refused_order"],
        "span.type = 'CHAT_MODEL'": ["talk"],
        "span.name = 'wire'": ["checkout"],
        "trace.text LIKE '%Käthe%'": ["order"],
        "name = 'crew'": ["crew"],
    }
    found = {}
    for filter_string in filters:
        result = mlflow.search_traces(locations=["0"], filter_string=filter_string, return_type="list")
        found[filter_string] = sorted(trace.info.tags["mlflow.traceName"] for trace in result)
    equal(found, filters, "what each filter finds")


@check
def a_trace_of_its_own_goes_to_its_experiment_and_links_the_span_that_began_it():
    experiment = mlflow.get_experiment_by_name("audits")
    found = mlflow.search_traces(locations=[experiment.experiment_id], return_type="list")
    equal([trace.info.tags["mlflow.traceName"] for trace in found], ["audit"], "the traces of the experiment")
    trace = mlflow.get_trace(found[0].info.trace_id)
    equal(trace.info.experiment_id, experiment.experiment_id, "experiment")
    audit, order = span(trace, "audit"), span(one("order"), "order")
    links = [(link.trace_id, link.span_id, link.attributes) for link in audit.links]
    equal(links, [(order.trace_id, order.span_id, None)], "links")
    equal((audit.log_level.name, order.log_level.name), ("WARNING", "INFO"), "log levels")
    equal(audit.inputs, {"cents": 1250}, "inputs")


@check
def a_server_on_the_file_serves_every_trace_over_rest():
    with Server(FILE) as server:
        location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
        listed = server.post("/api/3.0/mlflow/traces/search", {"locations": [location], "max_results": 500})
        ids = sorted(trace["trace_id"] for trace in listed["traces"])
        equal(ids, sorted(trace.info.trace_id for trace in TRACES), "the ids that the server lists")
        for trace in TRACES:
            answer = server.get(f"/api/3.0/mlflow/traces/get?trace_id={trace.info.trace_id}")["trace"]
            names = sorted(span["name"] for span in answer["spans"])
            equal(names, sorted(span.name for span in trace.data.spans), "the spans that the server gives")
        order = one("order").info.trace_id
        artifact = server.get(f"/ajax-api/3.0/mlflow/get-trace-artifact?request_id={order}")
        equal(len(artifact["spans"]), 5, "the spans that the UI gets")
        audits = mlflow.get_experiment_by_name("audits").experiment_id
        audit = mlflow.search_traces(locations=[audits], return_type="list")[0].info.trace_id
        answer = server.get(f"/api/3.0/mlflow/traces/get?trace_id={audit}")["trace"]
        equal(len(answer["spans"][0]["links"]), 1, "the links that the server gives")


run_checks()
