"""Cognito's operations and input limits, read from botocore's service model.

The model says which operations exist, which of them are signed, and what their fields may hold; refusals are
worded as the service words them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter

# Sessions may be longer than the installed model says (newer models: 4096).
LONGEST_SESSION = 4096
# The model's own pattern allows less than the service does.
_PASSWORD_PATTERN = r"^[\S]+.*[\S]+$"

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "boolean": bool,
    "list": list,
    "map": dict,
    "structure": dict,
    "timestamp": (int, float, str),
    "blob": str,
}


@lru_cache(maxsize=1)
def _service() -> Any:
    return ServiceModel(Loader().load_service_model("cognito-idp", "service-2"), "cognito-idp")


@lru_cache(maxsize=1)
def operations() -> frozenset[str]:
    """Return the names of all of Cognito's operations."""
    return frozenset(_service().operation_names)


@lru_cache(maxsize=256)
def is_signed(operation: str) -> bool:
    """Tell whether the operation needs AWS credentials."""
    return bool(_service().operation_model(operation).auth_type != "none")


def validate(operation: str, body: Body) -> None:
    """Raise InvalidParameterException or SerializationException where the model forbids the input."""
    shape = _service().operation_model(operation).input_shape
    if shape is None:
        return
    for path, constraint in _violations(shape, body, ""):
        # Cognito may repeat the refused value here; a stand-in has no need to.
        where = f"Value at '{path}' failed to satisfy constraint"
        raise invalid_parameter(f"1 validation error detected: {where}: Member {constraint}")


def _violations(shape: Any, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if not _is_of_type(shape, value):
        raise CognitoError("SerializationException", "Unexpected type of a field in the request.")
    if shape.type_name == "structure":
        yield from _structure_violations(shape, value, path)
    elif shape.type_name == "list":
        yield from _size_violations(shape, len(value), path)
        for index, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{index}.member")
    elif shape.type_name == "map":
        for item in value.values():
            yield from _violations(shape.value, item, path)
    elif shape.type_name == "string":
        yield from _text_violations(shape, value, path)
    elif shape.type_name in ("integer", "long"):
        yield from _range_violations(shape, value, path)


def _is_of_type(shape: Any, value: object) -> bool:
    if isinstance(value, bool) and shape.type_name != "boolean":
        return False
    return isinstance(value, _TYPES[shape.type_name])


def _structure_violations(shape: Any, value: Body, path: str) -> Iterator[tuple[str, str]]:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield prefix + _field(name), "must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _violations(member, value[name], prefix + _field(name))


def _text_violations(shape: Any, value: str, path: str) -> Iterator[tuple[str, str]]:
    yield from _size_violations(shape, len(value), path)
    pattern = shape.metadata.get("pattern")
    if shape.name == "PasswordType":
        pattern = _PASSWORD_PATTERN
    # Python's re has no \p{..}; those patterns only keep out control characters, and blanks unless they say so.
    if pattern and "\\p{" in pattern:
        pattern = None if "\\s" in pattern else r"[\S]+"
    if pattern and not re.fullmatch(pattern, value, flags=re.DOTALL):
        yield path, f"must satisfy regular expression pattern: {pattern}"
    if shape.enum and value not in shape.enum:
        yield path, f"must satisfy enum value set: [{', '.join(shape.enum)}]"


def _size_violations(shape: Any, size: int, path: str) -> Iterator[tuple[str, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.name == "SessionType":
        most = LONGEST_SESSION
    if least is not None and size < least:
        yield path, f"must have length greater than or equal to {least}"
    if most is not None and size > most:
        yield path, f"must have length less than or equal to {most}"


def _range_violations(shape: Any, value: int, path: str) -> Iterator[tuple[str, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield path, f"must have value greater than or equal to {least}"
    if most is not None and value > most:
        yield path, f"must have value less than or equal to {most}"


def _field(name: str) -> str:
    return name[0].lower() + name[1:]
