"""A log directory with groups of every kind, and a real TensorBoard on it, both ways."""

import math

import numpy as np
import pytest

import sample_logs
from lr_tb.records import FinderRecord, ProfileRecord, StepTime
from plugin_client import ROOT, client_of, versions
from tensorboard_process import TensorBoard


@pytest.fixture(scope="session")
def logs(tmp_path_factory):
    """The log directory."""
    logdir = tmp_path_factory.mktemp("logs")
    for seed, best in enumerate([0.97, 0.99]):
        sample_logs.write_group(
            logdir / "cosine" / f"seed{seed}",
            sample_logs.plan(seed=seed),
            sample_logs.step_times(mean_ms=2.5 + seed),
            accuracies=[0.9, best],
            losses=[0.5, 0.25 - seed / 8],
            rates=0.1 * np.linspace(1, 0, 20),
        )
    rows = (StepTime(step=5, steps=2, wall_ms=4.0, device_ms=3.0, input_ms=0.5),)
    profile = ProfileRecord(capture="2026_01_02_03_04_05", device="CPU", rows=rows)
    finder = FinderRecord(
        rates=[1e-7, 1e-6],
        losses=[2.0, math.nan],
        smoothed=[2.0, 1.5],
        suggestions={"valley": None},
    )
    sample_logs.write_records(logdir / "cosine" / "seed1", profile, finder)
    flat = sample_logs.plan("flat", schedule="float", spec="0.1", note="synthetic digits")
    sample_logs.write_group(logdir / "flat", flat, accuracies=[0.8, math.nan], losses=[1.0, 2.0])
    for optimizer in ("adam", "sgd"):
        sample_logs.write_records(
            logdir / "two", sample_logs.plan("two", note=optimizer), optimizer=optimizer
        )
    sample_logs.write_records(logdir / "planned", sample_logs.plan("planned"))
    sample_logs.write_text(logdir / "future", "lr_tb/plan", '{"version": 2}')
    sample_logs.write_text(logdir / "broken", "lr_tb/plan", "{")
    sample_logs.write_scalars(
        logdir / "foreign" / "train", {"epoch_learning_rate": {0: 0.1, 1: 0.05}}
    )
    return logdir


@pytest.fixture(scope="session", params=["true", "false"], ids=["fast", "slow"])
def board(request, logs):
    """TensorBoard on the log directory, once everything is read."""
    started = TensorBoard(logs, load_fast=request.param)
    expected = client_of(logs).get("/runs").json
    started.wait_for(f"{ROOT}/runs", lambda reply: versions(reply) == versions(expected))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def client(logs):
    """The plugin alone, on the log directory."""
    return client_of(logs)
