"""Makes the spans of gen_ai_cases.json with MLflow's client, and prints what it would send by OTLP under OpenTelemetry's
GenAI conventions: for each case the span's name, kind and attributes.

Everything up to the exporter is MLflow's own; the exporter is a package of its own that MLflow does not bring along."""

import json
import os
import sys

os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://127.0.0.1:9/v1/traces"
os.environ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf"
os.environ["MLFLOW_ENABLE_OTEL_GENAI_SEMCONV"] = "true"
# Pictures stay where they are: references to MLflow's own store mean nothing to other backends.
os.environ["MLFLOW_TRACE_EXTRACT_ATTACHMENTS"] = "false"

import mlflow
import mlflow.tracing.provider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

EXPORTED = {}


class Exporter(SpanExporter):
    def export(self, spans):
        for span in spans:
            attributes = dict(span.attributes)
            case = json.loads(attributes.pop("case"))
            EXPORTED[case] = {"name": span.name, "kind": span.kind.name, "attributes": attributes}
        return SpanExportResult.SUCCESS


mlflow.tracing.provider.get_otlp_exporter = Exporter

with open(sys.argv[1]) as file:
    cases = json.load(file)
for case in cases:
    span = mlflow.start_span_no_context(
        case["name"],
        span_type=case["span_type"],
        inputs=case["inputs"],
        attributes={"case": case["case"], **case["attributes"]},
    )
    span.set_outputs(case["outputs"])
    span.end()
mlflow.flush_trace_async_logging()
mlflow.tracing.provider.provider.get().force_flush()
assert len(EXPORTED) == len(cases), EXPORTED.keys()
print(json.dumps(EXPORTED, default=list))
