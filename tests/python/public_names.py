"""Prints the public names of MLflow's tracing API, one to a line: modules' functions, methods of its classes, arguments."""

import inspect

import mlflow
import mlflow.tracing
from mlflow.entities import Span, SpanType, Trace
from mlflow.entities.span import LiveSpan
from mlflow.tracing import assessment, fluent


def functions(module):
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield f"mlflow.{name}", value


def arguments(name, function):
    for argument in inspect.signature(function).parameters.values():
        if argument.kind not in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            yield f"{name}({argument.name})"


def names():
    for name in mlflow.tracing.__all__:
        yield f"mlflow.tracing.{name}"
    yield from arguments("mlflow.tracing.configure", mlflow.tracing.configure)
    yield from arguments("mlflow.tracing.context", mlflow.tracing.context)
    for module in (fluent, assessment):
        for name, function in functions(module):
            yield name
            yield from arguments(name, function)
    for owner, kind in (("span", LiveSpan), ("Span", Span), ("Trace", Trace)):
        for name in vars(kind) if kind is not LiveSpan else dir(LiveSpan):
            # What a live span has from `Span` is named there.
            if not name.startswith("_") and not (kind is LiveSpan and hasattr(Span, name)):
                yield f"{owner}.{name}"
    for name in vars(SpanType):
        if name.isupper():
            yield f"SpanType.{name}"


print("\n".join(dict.fromkeys(names())))
