"""Logs: one line per event on standard output, JSON in production, and never a value that was typed.

A traceback is reduced to the error's class and place: the text of an exception may repeat its input.
"""

import logging
import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

NEVER_LOGGED = frozenset({"request", "message", "args", "params", "sql", "exc_text", "stack_info"})
EventDict = MutableMapping[str, Any]


def reduce_traceback(logger: Any, name: str, event: EventDict) -> EventDict:
    """Put class and place of an exception in the place of its traceback."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, BaseException):
        error = (type(error), error, error.__traceback__)
    if isinstance(error, tuple) and error[0] is not None:
        trace = error[2]
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        event["error"] = error[0].__name__
        if trace is not None:
            event["place"] = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
    return event


def drop_values(logger: Any, name: str, event: EventDict) -> EventDict:
    """Drop the fields that may hold what a person typed."""
    for field in NEVER_LOGGED & event.keys():
        del event[field]
    return event


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG hook. `config` is {"level": str, "as_json": bool}."""
    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        reduce_traceback,
        drop_values,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if config["as_json"]
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": config["level"]},
            # Django's own configuration comes first and gives these two handlers of their own.
            "loggers": {
                "django": {"handlers": [], "propagate": True},
                "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            },
        }
    )
