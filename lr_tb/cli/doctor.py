"""`lr-tb doctor`: what is installed, which device trains, what will not work and why."""

import argparse

from rich.console import Console
from rich.text import Text

from lr_tb.cli.doctor_checks import Finding, Status, examine
from lr_tb.cli.doctor_facts import Facts, gather
from lr_tb.cli.errors import DONE, FAILED
from lr_tb.report_table import printable

_STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.PROBLEM: "bold red"}
_STATUS_WIDTH = max(map(len, Status)) + 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`lr-tb doctor` takes no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """Look at this installation and say what was found.

    Args:
        arguments: What `add_arguments` declares.

    Returns:
        Exit status: 0 where there is no problem (warnings are none), otherwise 1.
    """
    console = Console()
    with console.status("Training a few steps under the profiler ..."):
        facts = gather()
    findings = examine(facts)
    show(console, facts, findings)
    return FAILED if any(item.status is Status.PROBLEM for item in findings) else DONE


def show(console: Console, facts: Facts, findings: list[Finding]) -> None:
    """Print versions and findings, each with what to do."""
    for name, version in {"python": facts.python, **facts.versions}.items():
        _print(console, Text(f"{name:<28}{version or 'not installed'}"))
    _print(console, Text())
    width = max(len(item.subject) for item in findings) + 2
    for item in findings:
        line = Text(f"{item.status:<{_STATUS_WIDTH}}", style=_STYLES[item.status])
        line.append(printable(f"{item.subject:<{width}}{item.what}"), style="default not bold")
        _print(console, line)
        if item.advice:
            _print(console, Text(f"{'':{_STATUS_WIDTH + width}}{printable(item.advice)}"))
    _print(console, Text())
    _print(console, Text(_summary(findings)))


def _print(console: Console, line: Text) -> None:
    console.print(line, soft_wrap=True)


def _summary(findings: list[Finding]) -> str:
    counts = {
        status: sum(item.status is status for item in findings)
        for status in (Status.PROBLEM, Status.WARNING)
    }
    if not any(counts.values()):
        return "All is well."
    named = [f"{n} {name}{'s' * (n > 1)}" for name, n in counts.items() if n]
    return f"{' and '.join(named)}."
