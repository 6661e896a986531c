"""Tables for spreadsheets: CSV that they open right, and in which no outside word is taken for a formula."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType

Cell = str | int | Decimal | datetime | None
# What makes a spreadsheet run a cell (OWASP, "CSV Injection"), in full width too.
_STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # fmt: skip


class Sheet:
    """A CSV file being written row by row: UTF-8 with a byte order mark, commas, lines ended as RFC 4180 says."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        """Begin the file with the names of its columns."""
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(columns)

    def write(self, *cells: Cell) -> None:
        """Add a row. Numbers have a point and no groups, times are UTC, a word that would be run is quoted with '."""
        self._rows.writerow([_written(cell) for cell in cells])

    def __enter__(self) -> "Sheet":
        """Return the sheet itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case int():
            return str(cell)
    return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS_A_FORMULA) else cell
