"""What drawing a plan of a million steps takes, for each schedule.

    python benchmarks/plan_sampling.py [--steps 1048576] [--rounds 3] [--json FILE]

A time is the median over the rounds of one `Plan.from_schedule` of a new schedule object. The
first plan of the process, which loads what the backend loads once, is not counted. "CPU s" is the
same by the CPU clock of the process, all threads of it: other programs on the machine disturb
it less.
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from lr_tb import schedules
from lr_tb.plan import MAX_EVALUATIONS, Plan

SPECS = {
    "CosineDecay": "CosineDecay(0.1, total_steps)",
    "CosineDecay, warmup": "CosineDecay(0.0, 0.9 * total_steps, warmup_target=0.1, "
    "warmup_steps=0.1 * total_steps)",
    "CosineDecayRestarts": "CosineDecayRestarts(0.1, 0.05 * total_steps)",
    "ExponentialDecay": "ExponentialDecay(0.1, 0.1 * total_steps, 0.5)",
    "InverseTimeDecay": "InverseTimeDecay(0.1, 1000, 0.5)",
    "PiecewiseConstantDecay": "PiecewiseConstantDecay([100_000, 700_001], [0.1, 0.01, 0.001])",
    "PolynomialDecay": "PolynomialDecay(0.1, total_steps, power=2.0)",
    "OneCycle": "OneCycle(0.1, total_steps)",
    "Cyclical": "Cyclical(0.001, 0.1, 2000, mode='exp_range', gamma=0.99999)",
    "WarmupStableDecay": "WarmupStableDecay(0.1, 1000, 0.8 * total_steps, 0.19 * total_steps)",
    "PowerDecay": "PowerDecay(0.1, 1000)",
    "TanhDecay": "TanhDecay(0.1, total_steps)",
    "three deep": "Warmup(Repeat(Clip(CosineDecay(0.1, 1000), 0.01), 1000, "
    "period_multiplier=2.0), 500)",
}


def measure(spec: str, steps: int, rounds: int) -> dict[str, float | int]:
    """Return what the plan of a schedule takes, and how good it is."""
    seconds, cpu_seconds = [], []
    for _ in range(rounds):
        schedule = schedules.from_spec(spec, total_steps=steps)
        began, cpu_began = time.perf_counter(), time.process_time()
        plan = Plan.from_schedule(schedule, steps)
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(time.process_time() - cpu_began)
    relative_error = plan.max_error / float(plan.rates.max())
    return {
        "seconds": statistics.median(seconds),
        "cpu_seconds": statistics.median(cpu_seconds),
        "points": len(plan.steps),
        "relative_error": relative_error,
    }


def main() -> None:
    """Measure, print a table, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=MAX_EVALUATIONS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    measure(SPECS["CosineDecay, warmup"], 10, 1)
    print(f"{'schedule':<24}{'seconds':>9}{'CPU s':>8}{'points':>8}{'error / peak':>14}")
    plans = {}
    for name, spec in SPECS.items():
        plans[name] = row = measure(spec, arguments.steps, arguments.rounds)
        print(
            f"{name:<24}{row['seconds']:>9.3f}{row['cpu_seconds']:>8.3f}"
            f"{row['points']:>8}{row['relative_error']:>14.1e}",
            flush=True,
        )
    if arguments.json:
        machine = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
        found = {**machine, "steps": arguments.steps, "plans": plans}
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
