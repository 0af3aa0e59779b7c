"""Corrected labels in rows of Parquet.

emend reads and writes lines of JSON. What differs between a line that it read and the line that it
wrote, its own results left out, is what it replaced; the same values are replaced in the columns,
exactly or not at all.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from emend_spark.program import MARK

# The member that emend adds to records and to passages.
OWN_MEMBER = "emend"
# The bits of whole numbers, by type.
BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
# How Spark writes numbers that JSON does not have.
NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
REMEDY = "make it a column of strings, numbers, booleans or lists of these"

# The names of members and the numbers of items that lead from a record to a value in it.
Place = tuple[str | int, ...]


class DatasetError(Exception):
    """A dataset cannot be read or written; one sentence that says what to do."""


@dataclass(frozen=True)
class Number:
    """A number as JSON spells it: as a floating-point number it could lose digits."""

    spelling: str


def parsed(line: str) -> Any:
    """A line of JSON, with the spelling of its numbers."""
    return json.loads(line, parse_float=Number, parse_int=Number)


def spelled(value: Any) -> str:
    """A value that was read so, as JSON."""
    if isinstance(value, Number):
        return value.spelling
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {spelled(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def replaced(before: Any, after: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Where two values differ, and what is there afterwards. A list without objects and lists in
    it, such as one of labels, is one value."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in after.items():
            if name == OWN_MEMBER:
                continue
            if name in before:
                yield from replaced(before[name], value, (*place, name))
            else:
                yield (*place, name), value
    elif (
        isinstance(before, list)
        and isinstance(after, list)
        and len(before) == len(after)
        and any(isinstance(item, dict | list) for item in before)
    ):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from replaced(old, new, (*place, number))
    elif before != after:
        yield place, after


def can_replace(kind: T.DataType) -> bool:
    """Whether every value of a column of this type survives the way through JSON, so that it can be
    written as another row's."""
    if isinstance(kind, T.ArrayType):
        return _is_scalar(kind.elementType)
    if isinstance(kind, T.StructType):
        # An object with 0 or 1 for each label.
        return all(_is_scalar(field.dataType) for field in kind.fields)
    return _is_scalar(kind)


def _is_scalar(kind: T.DataType) -> bool:
    return isinstance(kind, T.StringType | T.BooleanType | T.NumericType)


def fits(value: Any, kind: T.DataType) -> bool:
    """Whether a column of this type can hold a value exactly."""
    if isinstance(kind, T.ArrayType):
        return isinstance(value, list) and all(
            _is_scalar(kind.elementType) and fits(item, kind.elementType) for item in value
        )
    if isinstance(kind, T.StringType):
        return isinstance(value, str)
    if isinstance(kind, T.BooleanType):
        return isinstance(value, bool)
    if isinstance(kind, T.FloatType | T.DoubleType) and isinstance(value, str):
        return value in NO_NUMBERS
    if not isinstance(value, Number):
        return False
    if isinstance(kind, T.IntegralType):
        half = 1 << (BITS[kind.simpleString()] - 1)
        whole = re.fullmatch(r"-?[0-9]+", value.spelling)
        return whole is not None and -half <= int(value.spelling) < half
    if isinstance(kind, T.FloatType | T.DoubleType):
        return abs(float(value.spelling)) < float("inf")
    if isinstance(kind, T.DecimalType):
        return _fits_decimal(value.spelling, kind)
    return False


def _fits_decimal(spelling: str, kind: T.DecimalType) -> bool:
    try:
        number = Decimal(spelling)
    except InvalidOperation:
        return False
    _, digits, exponent = number.normalize().as_tuple()
    behind = max(0, -int(exponent))
    before = max(0, len(digits) + int(exponent))
    return not number or (behind <= kind.scale and before <= kind.precision - kind.scale)


class Corrections:
    """What emend replaced in a dataset, by place, and the columns in which it is replaced."""

    def __init__(self, dataset: str, schema: T.StructType) -> None:
        self.dataset = dataset
        self.schema = schema
        # The number of each place; a row has the values of a few.
        self.numbers: dict[Place, int] = {}

    def require(self, label: Sequence[str] | None) -> None:
        """Refuses labels of a type in which none can be replaced.

        `label` has the names of the members that lead to the labels, without the items of lists;
        None where the dataset has none that emend would replace."""
        if not label:
            return
        kind: T.DataType = self.schema
        for name in label:
            while isinstance(kind, T.ArrayType):
                kind = kind.elementType
            if not isinstance(kind, T.StructType) or name not in kind.names:
                break
            kind = kind[name].dataType
        if not can_replace(kind):
            raise DatasetError(
                f"{self.dataset}: the label {'.'.join(label)} has the type {kind.simpleString()}, "
                f"in which emend replaces no label; {REMEDY}, or give --mode suggest, "
                "which replaces none"
            )

    def note(self, row: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
        """What emend replaced in a row, counted from 1, as JSON: a value for the number of each
        place; None where it replaced nothing."""
        found: list[str] = []
        for place, value in replaced(before, after):
            kind = self._kind(place)
            if kind is None or not fits(value, kind):
                raise DatasetError(
                    f"{self.dataset}: row {row}: the corrected label {spelled(value)} cannot be "
                    f"written into {_named(place)}"
                    + (f", which has the type {kind.simpleString()}" if kind else "")
                    + f"; {REMEDY} that can hold it"
                )
            number = self.numbers.setdefault(place, len(self.numbers))
            found.append(f'"{number}": {spelled(value)}')
        return "{" + ", ".join(found) + "}" if found else None

    def column(self, field: T.StructField) -> Column:
        """A column with the values of `emend_changed`, where there are any, in place of its own."""
        places = {
            place[1:]: number for place, number in self.numbers.items() if place[0] == field.name
        }
        return _corrected(F.col(quoted(field.name)), field.dataType, places)

    def _kind(self, place: Place) -> T.DataType | None:
        kind: T.DataType = self.schema
        for step in place:
            if isinstance(step, str) and isinstance(kind, T.StructType) and step in kind.names:
                kind = kind[step].dataType
            elif isinstance(step, int) and isinstance(kind, T.ArrayType):
                kind = kind.elementType
            else:
                return None
        return kind


def _corrected(own: Column, kind: T.DataType, places: Mapping[Place, int]) -> Column:
    """A value with what was replaced in it; `places` lead there from the value. The expression
    grows with the number of places: no part of it stands in it twice."""
    if not places:
        return own
    if () in places:
        name = str(places[()])
        schema = T.StructType([T.StructField(name, kind)])
        value = F.from_json("emend_changed", schema)[name]
        lost = F.raise_error(F.lit(f"{MARK}: a corrected label cannot be written as {kind}\n"))
        is_replaced = F.array_contains(F.json_object_keys("emend_changed"), name)
        return F.when(is_replaced, F.coalesce(value, lost)).otherwise(own)
    groups: dict[str | int, dict[Place, int]] = {}
    for place, number in places.items():
        groups.setdefault(place[0], {})[place[1:]] = number
    if isinstance(kind, T.ArrayType):
        inner = kind.elementType

        def item(value: Column, number: Column) -> Column:
            branches: Any = F
            for place, rest in groups.items():
                branches = branches.when(number == place, _corrected(value, inner, rest))
            return branches.otherwise(value)

        return F.transform(own, item)
    assert isinstance(kind, T.StructType)
    result = own
    for name, rest in groups.items():
        member = _corrected(own[name], kind[name].dataType, rest)
        result = result.withField(quoted(str(name)), member)
    return result


def quoted(name: str) -> str:
    """A name as Spark's expressions have it, whatever its characters."""
    return "`" + name.replace("`", "``") + "`"


def _named(place: Place) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
