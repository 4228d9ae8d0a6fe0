"""A script's checks: functions marked with @check, run one by one, reported as one line of JSON."""

import difflib
import json
import sys
import traceback

_CHECKS = []


class Difference(AssertionError):
    """Two values that had to be equal were not."""


def check(function):
    """Marks a function as a check. Its name is that of the Rust test that reports it."""
    _CHECKS.append(function)
    return function


def run_checks():
    """Runs every check and prints what became of it: null, or the text of the failure."""
    report = {}
    for function in _CHECKS:
        try:
            function()
            report[function.__name__] = None
        except AssertionError as failure:
            report[function.__name__] = f"{function.__doc__ or function.__name__}\n{failure}"
        except Exception:
            report[function.__name__] = traceback.format_exc()
    sys.stdout.flush()
    print(json.dumps(report))


def equal(actual, expected, what):
    """Fails with the lines that differ."""
    if actual == expected:
        return
    lines = difflib.unified_diff(_lines(expected), _lines(actual), "expected", "actual", lineterm="", n=4)
    raise Difference(f"{what}:\n" + "\n".join(lines))


def _lines(value):
    return json.dumps(value, indent=2, ensure_ascii=False, default=repr).splitlines()
