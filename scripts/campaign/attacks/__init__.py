"""The attacks of scripts/campaign/attack, one module for each thing that they aim at."""

from . import configuration, content, ledger, log, paths, rights, server
from .rows import ROWS, Row


def all_rows() -> list[Row]:
    """Every row, in the order of the modules."""
    modules = (rights, paths, log, ledger, server, content, configuration)
    order = {module.__name__.rsplit(".", 1)[1]: index for index, module in enumerate(modules)}
    return sorted(ROWS, key=lambda row: order.get(row.group, len(order)))
