"""What MLflow's client reads of the quickstart's run against a real model: `llm.py FILE PRINTED`."""

import pathlib
import sys

import mlflow
from checks import check, equal, run_checks

FILE, PRINTED = sys.argv[1], pathlib.Path(sys.argv[2]).read_text()
mlflow.set_tracking_uri(f"sqlite:///{FILE}")
TRACES = mlflow.search_traces(locations=["0"], return_type="list")
MODEL_SPANS = [
    span for trace in TRACES for span in trace.data.spans if span.span_type in ("LLM", "CHAT_MODEL")
]


def answers():
    """The texts that the model spans returned."""
    found = []
    for span in MODEL_SPANS:
        output = span.outputs
        if isinstance(output, dict) and "choices" in output:
            output = output["choices"][0]["message"]["content"]
        elif isinstance(output, dict):
            output = next((value for value in output.values() if isinstance(value, str)), None)
        found.append(output)
    return found


@check
def a_span_of_the_model_has_its_real_answer():
    assert MODEL_SPANS, f"no span of type LLM or CHAT_MODEL in {TRACES}"
    for span, answer in zip(MODEL_SPANS, answers()):
        equal(span.status.status_code.value, "OK", f"status of {span.name}")
        assert isinstance(answer, str) and len(answer.split()) >= 3, f"no answer of a model: {span.outputs!r}"
        assert span.get_attribute("mlflow.llm.model"), f"no model is named: {span.attributes}"


@check
def the_token_counts_are_those_of_the_model():
    assert MODEL_SPANS, "no span of a model"
    for span, answer in zip(MODEL_SPANS, answers()):
        usage = span.get_attribute("mlflow.chat.tokenUsage")
        assert usage, f"no usage: {span.attributes}"
        assert usage["input_tokens"] > 10, usage
        # A token of this model is between one letter and a long word.
        assert len(answer) / 20 <= usage["output_tokens"] <= len(answer) + 5, (usage, answer)
        equal(usage["total_tokens"], usage["input_tokens"] + usage["output_tokens"], "the sum")
    total = sum(span.get_attribute("mlflow.chat.tokenUsage")["total_tokens"] for span in MODEL_SPANS)
    stored = sum((trace.info.token_usage or {}).get("total_tokens", 0) for trace in TRACES)
    equal(stored, total, "the sum over the traces")


@check
def the_answer_is_what_the_program_printed():
    words = " ".join(PRINTED.split())
    for answer in answers():
        beginning = " ".join(answer.split()[:6])
        assert beginning in words, f"{beginning!r} was not printed:\n{PRINTED}"


@check
def the_key_is_stored_nowhere():
    stored = b"".join(path.read_bytes() for path in pathlib.Path(FILE).parent.glob("mlflow*.db*"))
    assert stored, "there is no file"
    assert b"a-key-that-must-not-be-stored" not in stored, "the API key is in the store"
    assert "a-key-that-must-not-be-stored" not in PRINTED, "the API key was printed"


run_checks()
