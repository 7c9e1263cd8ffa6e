"""One case as a table: a row a target, a column a figure, and what it is of the others'."""

from __future__ import annotations

from bench.figures import BASES, Figures, compared


def print_case(case: str, measured: dict[str, list[Figures]]) -> None:
    """Medians over the runs; the ratios are those of the first figure, taken run by run."""
    rows = compared(measured)
    columns = list(dict.fromkeys(name for runs in measured.values() for name in runs[0]))
    ratios = [f"/ {base}" for base in BASES if base in measured]
    widths = [max(9, len(name)) for name in columns]
    print(f"\n  {case}")
    heads = [f"{name:>{width}}" for name, width in zip(columns, widths, strict=True)]
    print("  ".join([f"    {'':17}", *heads, *(f"{name:>13}" for name in ratios)]))
    for target, row in rows.items():
        cells = [f"    {target:17}"]
        for name, width in zip(columns, widths, strict=True):
            cells.append(f"{_number(row['figures'].get(name)):>{width}}")
        for base in BASES:
            if base in measured:
                ratio = row["ratios"].get(base, {}).get(columns[0])
                cells.append(f"{_number(ratio):>13}")
        print("  ".join(cells))


def _number(figure: dict[str, float] | None) -> str:
    if figure is None:
        return "-"
    value = figure["median"]
    return f"{value:.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.2f}"
