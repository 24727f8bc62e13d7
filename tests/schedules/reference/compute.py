"""Compute the rates that other libraries give, for the tests to compare with.

Needs torch, optax, transformers and timm; not run in CI. Each case is the other
library's own code, evaluated by that library, and the schedule of ours that should
give the same. `python tests/schedules/reference/compute.py` writes one JSON file per
library beside this script. fastai and TensorFlow Model Garden are not installed for
this: their few formulas are written out in `formulas.py`, from the files named there.
"""

import importlib.metadata
import importlib.util
import json
import os
import pathlib
import sys
import tomllib
import types
import warnings

os.environ["JAX_ENABLE_X64"] = "1"

import formulas
import jax
import optax
import torch
import transformers
from torch.optim import lr_scheduler

FOLDER = pathlib.Path(__file__).parent


def timm_schedulers():
    """Import timm's schedulers without its models, which need torchvision."""
    package = types.ModuleType("timm")
    package.__path__ = list(importlib.util.find_spec("timm").submodule_search_locations)
    sys.modules["timm"] = package
    import timm.scheduler

    return vars(timm.scheduler)


def torch_rates(source, namespace, count, every):
    """Step a scheduler after every update, or after every epoch of `every` steps."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = eval(source, {**namespace, "optimizer": optimizer})
    rates = []
    for step in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (step + 1) % every == 0 and step + 1 < count:
            scheduler.step()
    return [float(rate) for rate in rates]


def timm_rates(source, namespace, count, every):
    """Tell a scheduler the number of the step, or of the epoch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = eval(source, {**namespace, "optimizer": optimizer})
    rates = []
    for step in range(count):
        scheduler.step(step // every)
        rates.append(optimizer.param_groups[0]["lr"])
    return [float(rate) for rate in rates]


def function_rates(source, namespace, count, every):
    """Call a function of the step."""
    function = eval(source, namespace)
    return [float(function(step)) for step in range(count)]


def chosen(count, borders):
    """Return each border with its neighbours, and some steps between."""
    around = {border + offset for border in (0, *borders) for offset in (-1, 0, 1)}
    spread = {round(i * (count - 1) / 12) for i in range(13)}
    return sorted(step for step in around | spread if 0 <= step < count)


def write(library, packages, compute, namespace):
    """Compute the cases of one library and write them."""
    found = []
    for case in tomllib.loads((FOLDER / "cases.toml").read_text())[library]:
        rates = compute(case["source"], namespace, case["count"], case.get("every", 1))
        steps = chosen(case["count"], case["borders"])
        kept = {"steps": steps, "rates": [rates[step] for step in steps]}
        found.append({"source": case["source"], "ours": case["ours"], **kept})
    versions = {name: importlib.metadata.version(name) for name in packages}
    cases = ",\n".join(f"  {json.dumps(case)}" for case in found)
    text = f'{{"versions": {json.dumps(versions)}, "cases": [\n{cases}\n]}}\n'
    (FOLDER / f"{library}.json").write_text(text)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write("torch", ["torch"], torch_rates, vars(lr_scheduler))
    write("transformers", ["transformers", "torch"], torch_rates, vars(transformers.optimization))
    write("timm", ["timm", "torch"], timm_rates, timm_schedulers())
    write("optax", ["optax", "jax"], function_rates, {**vars(optax), "jax": jax})
    write("formulas", [], function_rates, vars(formulas))
