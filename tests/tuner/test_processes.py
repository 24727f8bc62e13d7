"""Searches in processes of their own: broken off with Ctrl-C, on several devices, on workers."""

import json
import re
import signal

import pytest

import logdirs
from tuner import tiny
from tuner.processes import Process, free_port
from tuner.searches import SIX, search_mirrored, search_six, search_slowly


@pytest.fixture
def start(tmp_path):
    """A function that starts a process, which is killed at the end."""
    started = []

    def start(function, *arguments, name="search", **environment):
        output = tmp_path / f"{name}.log"
        started.append(Process(function, *arguments, output=output, environment=environment))
        return started[-1]

    yield start
    for process in started:
        process.stop()


def _held(folder):
    return list(folder.glob("held-*"))


def test_ctrl_c_prints_a_summary_and_the_search_goes_on_later(tmp_path, start):
    process = start(search_slowly, tmp_path)
    process.wait_for(lambda: (tmp_path / "logs" / "flat" / "validation").exists())
    (tmp_path / "wait").touch()  # The first training may be over by then: the next one waits.
    process.wait_for(lambda: _held(tmp_path))

    process.signal(signal.SIGINT)

    assert 0 != process.end()
    assert re.search(r"flat|cosine", process.log)
    assert "val_accuracy" in process.log
    assert "stopped; the same call goes on where it was broken off" in process.log
    assert "not reached" not in process.log

    (tmp_path / "wait").unlink()
    again = start(search_slowly, tmp_path, name="again")
    assert 0 == again.end(), again.log
    for name in ("flat", "cosine"):
        train = logdirs.read(tmp_path / "logs" / name / "train").scalars
        assert list(range(18)) == sorted(train["step/loss"])
    (model,) = tiny.tuner(tmp_path).get_best_models()
    best = max(max(result.values) for result in tiny.tuner(tmp_path).results())
    assert best == pytest.approx(model.evaluate(*tiny.data(), verbose=0)[1])


def test_a_mirrored_strategy_has_one_writer(tmp_path, start):
    process = start(search_mirrored, tmp_path)

    assert 0 == process.end(), process.log

    accuracy = float(re.search(r"evaluated \S+ (\S+)", process.log)[1])
    tuner = tiny.tuner(tmp_path)
    assert max(max(r.values) for r in tuner.results()) == pytest.approx(accuracy)
    for name in ("flat", "cosine"):
        group = tmp_path / "logs" / name
        train = logdirs.read(group / "train")
        assert list(range(18)) == sorted(train.scalars["step/learning_rate"])
        assert len(train.starts) == len(list((group / "train").glob("*tfevents*")))
    assert 2 == len(list((tmp_path / "logs" / "flat" / "train").glob("*tfevents*")))
    assert 1 == len(list((tmp_path / "logs" / "cosine" / "train").glob("*tfevents*")))


def test_a_chief_and_two_workers_of_which_one_is_killed(tmp_path, start):
    address = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(free_port())}

    def run(name, process_name=None):
        identity = address | {"KERASTUNER_TUNER_ID": name}
        return start(search_six, tmp_path, name=process_name or name, **identity)

    (tmp_path / "wait-worker1").touch()
    chief, worker0, worker1 = run("chief"), run("worker0"), run("worker1")
    worker1.wait_for(lambda: _held(tmp_path))
    worker1.stop()
    (tmp_path / "wait-worker1").unlink()
    chief.wait_for(lambda: "KERASTUNER_TUNER_ID=worker1" in chief.log)
    back = run("worker1", "back")

    for process in (worker0, back, chief):
        assert 0 == process.end(), process.log
    oracle = json.loads((tmp_path / "search" / "tiny" / "oracle.json").read_text())
    assert 6 == len(oracle["start_order"]) == len(set(oracle["start_order"]))
    assert sorted(oracle["start_order"]) == sorted(oracle["end_order"])
    for name, rate in SIX.items():
        train = logdirs.read(tmp_path / "logs" / name / "train").scalars
        assert list(range(18)) == sorted(train["step/learning_rate"])
        assert [rate] * 18 == pytest.approx(list(train["step/learning_rate"].values()))
        assert [5, 11, 17] == sorted(train["epoch/loss"])
    assert "Nothing was heard of worker1" in chief.log
    starts = [logdirs.read(tmp_path / "logs" / name / "train").starts for name in SIX]
    assert [[0]] * 5 + [[0, 6]] == sorted(starts)
    tuner = tiny.tuner(tmp_path, SIX)
    assert sorted(SIX) == sorted(result.name for result in tuner.results())
    assert 6 == len(tuner.get_best_schedules(6))
    assert 1 == len(tuner.get_best_models())
