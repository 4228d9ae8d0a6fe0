"""The Python twin of tests/programs/feedback_twin.rs: the same feedback and expectations, logged while a trace is open and
later, and updated, overridden and deleted."""

import mlflow
from mlflow.entities import AssessmentError, AssessmentSource, Expectation, Feedback

JUDGE = AssessmentSource("LLM_JUDGE", "gpt-4o")
REVIEWER = AssessmentSource("HUMAN", "u-17")


def rated_while_open():
    with mlflow.start_span("rated while open") as span:
        mlflow.log_feedback(
            trace_id=span.trace_id,
            name="correctness",
            value=True,
            rationale="Größe “stimmt”",
            source=REVIEWER,
            metadata={"k": "v", "ä": "ö"},
            span_id=span.span_id,
        )
        mlflow.log_expectation(trace_id=span.trace_id, name="answer", value="Paris", metadata={"k": "v"})


def delivered(name):
    with mlflow.start_span(name) as span:
        pass
    return span.trace_id, span.span_id


def feedback_of_every_shape():
    trace, span = delivered("feedback of every shape")
    values = [True, False, 1, -0.1, 1e-7, 1e16, "yes", " No ", 'ü "quoted"\n', ["a", 1, True], {"a": 0.5, "b": "c"}, None]
    for number, value in enumerate(values):
        mlflow.log_feedback(trace_id=trace, name=f"value {number:02}", value=value)
    mlflow.log_feedback(trace_id=trace, value=3)
    limit = AssessmentError("RATE_LIMIT_EXCEEDED", "Too many.", "line 1\nline 2")
    mlflow.log_feedback(trace_id=trace, name="failed", error=limit, source=JUDGE, span_id=span)
    feedback = Feedback(
        name="of a run",
        value=0.5,
        source=AssessmentSource("CODE", "checks/length"),
        metadata={"mlflow.assessment.sourceRunId": "0123456789abcdef"},
    )
    mlflow.log_assessment(trace, feedback)


def expectations_of_every_shape():
    trace, span = delivered("expectations of every shape")
    calls = {"calls": [{"id": 1, "name": "add"}], "role": "assistant"}
    for number, value in enumerate(["Paris", 42, 0.25, True, ["ü", 1], calls]):
        mlflow.log_expectation(trace_id=trace, name=f"value {number}", value=value)
    mlflow.log_assessment(trace, Expectation(name="of the span", value="x", source=REVIEWER, span_id=span))


def changed():
    trace, span = delivered("changed")
    grade = mlflow.log_feedback(trace_id=trace, name="relevance", value=0.6, source=JUDGE, span_id=span)
    mlflow.override_feedback(
        trace_id=trace,
        assessment_id=grade.assessment_id,
        value=0.9,
        rationale="The judge missed a line.",
        source=REVIEWER,
        metadata={"confidence": "high"},
    )

    wrong = mlflow.log_feedback(trace_id=trace, name="restored", value="no", source=JUDGE)
    override = mlflow.override_feedback(
        trace_id=trace, assessment_id=wrong.assessment_id, value="yes", source=REVIEWER
    )
    mlflow.delete_assessment(trace, override.assessment_id)
    mlflow.delete_assessment(trace, override.assessment_id)

    doomed = mlflow.log_feedback(trace_id=trace, name="doomed", value=1)
    mlflow.delete_assessment(trace, doomed.assessment_id)

    first = mlflow.log_feedback(
        trace_id=trace, name="first", value=1, rationale="At first.", metadata={"a": "1", "b": "1"}
    )
    second = Feedback(name="second", value=2, rationale="On second thoughts.", metadata={"b": "2", "c": "2"})
    mlflow.update_assessment(trace, first.assessment_id, second)

    expected = mlflow.log_expectation(trace_id=trace, name="expected", value=42, metadata={"a": "1"})
    mlflow.update_assessment(trace, expected.assessment_id, Expectation(name="expected", value={"answer": 43}))


def main():
    rated_while_open()
    mlflow.flush_trace_async_logging()
    feedback_of_every_shape()
    expectations_of_every_shape()
    changed()


if __name__ == "__main__":
    main()
