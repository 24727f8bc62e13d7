"""Draw the picture of every schedule that `docs/schedules.md` shows.

    python docs/gallery.py [--out docs/schedules.svg]

Each curve is a `Plan`: sampled from the schedule itself, as the tab draws it.
"""

import argparse
import html
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from lr_tb import Plan

TOTAL_STEPS = 1000
STEPS_PER_EPOCH = 100
SPECS = {
    "Keras": [
        "CosineDecay(0.1, total_steps)",
        "CosineDecay(0.0, 0.9 * total_steps, warmup_target=0.1, warmup_steps=0.1 * total_steps)",
        "CosineDecayRestarts(0.1, 150, t_mul=2.0, m_mul=0.8)",
        "ExponentialDecay(0.1, 200, 0.5)",
        "InverseTimeDecay(0.1, 100, 0.5, staircase=True)",
        "PiecewiseConstantDecay([400, 700], [0.1, 0.03, 0.01])",
        "PolynomialDecay(0.1, total_steps, 0.0, power=2.0)",
    ],
    "lr_tb": [
        "OneCycle(0.1, total_steps)",
        "Cyclical(0.01, 0.1, 100, step_size_down=150, mode='triangular2')",
        "WarmupStableDecay(0.1, 100, 600, 300, decay='1-sqrt')",
        "PowerDecay(0.1, 50)",
        "TanhDecay(0.1, total_steps)",
        "PiecewiseInterpolated([0, 200, 600, 900], [0.02, 0.1, 0.04, 0.0])",
        "EveryEpoch(Table([0.03, 0.1, 0.1, 0.06, 0.08, 0.04, 0.01]), steps_per_epoch)",
        "Warmup(PowerDecay(0.1, 50), 100)",
        "Sequence([0.05, OneCycle(0.1, 800)], [200])",
        "Product([CosineDecay(0.1, total_steps), Cyclical(0.5, 1.0, 50)])",
        "Repeat(TanhDecay(0.1, 150), 150, period_multiplier=1.5, decay=0.8)",
        "Clip(ExponentialDecay(0.1, 100, 0.5), 0.01, 0.06)",
        "EveryEpoch(ExponentialDecay(0.1, 1, 0.7), steps_per_epoch)",
        "Warmup(Repeat(Clip(CosineDecay(0.1, 200), 0.02), 200, period_multiplier=2.0), 100)",
    ],
}
_COLOURS = {"Keras": "#1565c0", "lr_tb": "#b3431e"}
_COLUMNS = 3
_WIDTH, _HEIGHT = 340, 178  # of a panel
_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT = 40, 14, 284, 100
_CHARACTERS = 50  # in a line under a picture
_SPACE = "\N{NO-BREAK SPACE}"
_STYLE = (
    "text{font:11px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#222}"
    ".tick{font-size:9px;fill:#666}.axis{stroke:#bbb}.curve{fill:none;stroke-width:1.6}"
)


def draw() -> str:
    """Return the picture of all schedules, as SVG."""
    panels = [(spec, _COLOURS[whose]) for whose, specs in SPECS.items() for spec in specs]
    rows = -(-len(panels) // _COLUMNS)
    width, height = _COLUMNS * _WIDTH, rows * _HEIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for i, (spec, colour) in enumerate(panels):
        lines += _panel(spec, colour, i % _COLUMNS * _WIDTH, i // _COLUMNS * _HEIGHT)
    return "\n".join([*lines, "</svg>", ""])


def _panel(spec: str, colour: str, x: int, y: int) -> Iterator[str]:
    plan = Plan.from_schedule(spec, TOTAL_STEPS, steps_per_epoch=STEPS_PER_EPOCH)
    bottom, right = _TOP + _PLOT_HEIGHT, _LEFT + _PLOT_WIDTH
    yield f'<g transform="translate({x} {y})"><title>{html.escape(spec)}</title>'
    yield f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    yield _tick(_LEFT - 4, _TOP + 7, "end", f"{plan.rates.max():.2g}")
    yield _tick(_LEFT - 4, bottom + 2, "end", "0")
    yield _tick(right, bottom + 11, "end", f"step {TOTAL_STEPS}")
    yield f'<path class="curve" stroke="{colour}" d="{_curve(plan)}"/>'
    for i, line in enumerate(_lines(spec)):
        yield f'<text x="{_LEFT - 30}" y="{bottom + 26 + 14 * i}">{html.escape(line)}</text>'
    yield "</g>"


def _lines(spec: str) -> list[str]:
    """Return a spec in short lines, broken between arguments only."""
    unbroken = spec.replace(" * ", f"{_SPACE}*{_SPACE}")
    lines = textwrap.wrap(unbroken, _CHARACTERS, subsequent_indent="  ")
    return [line.replace("  ", _SPACE * 2) for line in lines]


def _tick(x: int, y: int, anchor: str, text: str) -> str:
    return f'<text class="tick" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'


def _curve(plan: Plan) -> str:
    """Return a plan's points as the path of an SVG: lines, or stairs where it has stairs."""
    across = _LEFT + plan.steps / (TOTAL_STEPS - 1) * _PLOT_WIDTH
    down = _TOP + (1 - plan.rates / plan.rates.max()) * _PLOT_HEIGHT
    points = [(f"{x:.1f}", f"{y:.1f}") for x, y in zip(across, down, strict=True)]
    template = "H{}V{}" if plan.interpolation == "previous" else "L{} {}"
    return "M{} {}".format(*points[0]) + "".join(template.format(*point) for point in points[1:])


def main() -> None:
    """Read the arguments and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("schedules.svg"))
    arguments = parser.parse_args()
    arguments.out.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
