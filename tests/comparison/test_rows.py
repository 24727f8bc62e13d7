import json
import math
import random
import statistics

import numpy as np
import pytest

from lr_tb.comparison import Series, Training, UnknownMetricError, compare
from lr_tb.records import StepTimesRecord


def _training(name, seed, accuracies, *, metric="val_accuracy", steps=None, **others):
    steps = np.arange(len(accuracies)) * 10 + 9 if steps is None else np.array(steps)
    series = {metric: Series(steps, np.array(accuracies, dtype=float))}
    return Training(group=f"{name}/seed{seed}", name=name, seed=seed, metrics=series, **others)


def _row(table, name):
    return next(row for row in table.rows if row.name == name)


def _seeds(name, values, **others):
    return [_training(name, seed, [value], **others) for seed, value in enumerate(values)]


def test_a_row_has_the_best_values_of_its_seeds_with_mean_and_sample_deviation():
    curves = [[0.91, 0.97, 0.96], [0.90, 0.95, 0.98], [0.99, 0.90, 0.91]]
    trainings = [_training("a", seed, curve) for seed, curve in enumerate(curves)]

    row = compare(trainings).rows[0]

    assert row.values == (0.97, 0.98, 0.99)
    assert row.mean == pytest.approx(statistics.mean([0.97, 0.98, 0.99]))
    assert row.std == pytest.approx(statistics.stdev([0.97, 0.98, 0.99]))
    assert (row.n, row.best_step, row.seeds) == (3, 9, (0, 1, 2))
    assert row.final_values == (0.96, 0.98, 0.91)
    assert row.final_mean == pytest.approx(statistics.mean([0.96, 0.98, 0.91]))
    assert row.final_std == pytest.approx(statistics.stdev([0.96, 0.98, 0.91]))


def test_one_training_has_no_deviation():
    row = compare([_training("a", 0, [0.9])]).rows[0]

    assert (row.n, row.std, row.final_std) == (1, None, None)


@pytest.mark.parametrize(
    "metric, best, step", [("val_loss", 0.2, 19), ("val_accuracy", 0.9, 9), ("val_mae", 0.2, 19)]
)
def test_losses_are_minimised_and_accuracies_maximised(metric, best, step):
    row = compare([_training("a", 0, [0.9, 0.2, 0.5], metric=metric)]).rows[0]

    assert (row.values, row.best_step) == ((best,), step)


def test_the_mode_can_be_said():
    table = compare([_training("a", 0, [0.9, 0.2], metric="val_reward")], mode="max")

    assert (table.direction, table.rows[0].values) == ("max", (0.9,))


def test_of_equal_values_the_first_step_counts():
    assert compare([_training("a", 0, [0.5, 0.9, 0.9])]).rows[0].best_step == 19


def test_groups_fold_by_name_and_parent_whatever_their_order():
    trainings = [
        Training(group="x/a/seed1", name="a", parent="x/a", seed=1),
        Training(group="x/a/seed0", name="a", parent="x/a", seed=0),
        Training(group="y/a/seed0", name="a", parent="y/a", seed=0),
        Training(group="b", name="b"),
    ]
    random.Random(0).shuffle(trainings)

    rows = compare(trainings).rows

    assert sorted(row.groups for row in rows) == [
        ("b",),
        ("x/a/seed0", "x/a/seed1"),
        ("y/a/seed0",),
    ]


def test_the_best_is_tied_with_itself_and_with_what_noise_cannot_tell_apart():
    trainings = [
        *_seeds("best", [0.980, 0.985, 0.990]),
        *_seeds("close", [0.981, 0.984, 0.988]),
        *_seeds("worse", [0.970, 0.975, 0.980]),
    ]

    table = compare(trainings)

    assert [(row.name, row.status, row.tied) for row in table.rows] == [
        ("best", "best", True),
        ("close", "tied", True),
        ("worse", "worse", False),
    ]
    assert "3 common seeds" in _row(table, "close").explanation
    assert "-0.01 to best" in _row(table, "worse").explanation


@pytest.mark.parametrize("seeds", [[0], [5, 6], [0, 9]], ids=["one", "none common", "one common"])
def test_with_fewer_than_two_common_seeds_a_row_says_one_seed(seeds):
    others = [_training("other", seed, [0.9]) for seed in seeds]

    row = _row(compare([*_seeds("best", [0.98, 0.97]), *others]), "other")

    assert (row.status, row.tied) == ("one seed", None)


def test_a_single_seed_is_never_the_best_however_high():
    table = compare([_training("lucky", 0, [0.999]), *_seeds("steady", [0.97, 0.98])])

    assert [(row.name, row.status, row.tied) for row in table.rows] == [
        ("lucky", "one seed", None),
        ("steady", "best", True),
    ]


def test_without_seeds_nothing_is_paired():
    trainings = [Training(group=g, name="a", metrics=_training("", 0, [0.9]).metrics) for g in "xy"]

    row = compare(trainings).rows[0]

    assert (row.n, row.status, row.tied) == (2, "one seed", None)


def test_better_on_the_common_seeds_and_worse_over_all_is_said_as_it_is():
    lucky = [_training("lucky", seed, [value]) for seed, value in enumerate([0.5, 0.5, 0.99, 0.99])]

    row = _row(compare([*lucky, *_seeds("steady", [0.6, 0.6])]), "steady")

    assert (row.status, row.tied) == ("unclear", None)


def test_rows_are_sorted_best_first_and_those_without_a_value_last():
    trainings = [
        *_seeds("b", [0.8]),
        Training(group="none", name="none"),
        *_seeds("a", [0.9]),
        *_seeds("c", [math.nan]),
    ]

    table = compare(trainings)

    assert [row.name for row in table.rows] == ["a", "b", "c", "none"]
    assert [row.status for row in table.rows] == ["one seed", "one seed", "no data", "no data"]


def test_lower_is_first_where_less_is_better():
    trainings = [*_seeds("high", [0.9], metric="loss"), *_seeds("low", [0.1], metric="loss")]

    assert [row.name for row in compare(trainings).rows] == ["low", "high"]


def test_values_that_are_not_finite_are_passed_over():
    row = compare([_training("a", 0, [math.inf, 0.9, math.nan])]).rows[0]

    assert (row.values, row.final_values) == ((0.9,), (None,))


def test_a_training_without_a_value_is_counted_as_missing():
    trainings = [*_seeds("a", [0.9, 0.8]), _training("a", 2, [math.nan])]

    row = compare(trainings).rows[0]

    assert (row.values, row.n) == ((0.9, 0.8, None), 2)
    assert "1 of 3 trainings without a value" in row.explanation


@pytest.mark.parametrize(
    "target, steps, reached", [(0.90, 14.0, 2), (0.95, 24.0, 2), (0.951, None, 1), (1.0, None, 0)]
)
def test_steps_to_a_target_are_the_mean_once_all_trainings_reach_it(target, steps, reached):
    curves = [[0.90, 0.95, 0.97], [0.85, 0.92, 0.95]]
    trainings = [_training("a", seed, curve) for seed, curve in enumerate(curves)]

    row = compare(trainings, target=target).rows[0]

    assert (row.steps_to_target, row.reached) == (steps, reached)


def test_a_target_of_a_loss_is_reached_from_above():
    row = compare([_training("a", 0, [0.9, 0.5, 0.1], metric="val_loss")], target=0.5).rows[0]

    assert (row.steps_to_target, row.reached) == (19, 1)


def test_the_loss_is_the_last_of_the_validation_or_else_of_the_training():
    both = {
        "loss": Series(np.array([1, 2]), np.array([0.5, 0.1])),
        "val_loss": Series(np.array([1, 2]), np.array([0.3, 0.4])),
    }
    trainings = [
        Training(group="a", name="a", metrics=both),
        Training(group="b", name="b", metrics={"loss": both["loss"]}),
    ]

    table = compare(trainings, metric="loss")

    assert (_row(table, "a").loss, _row(table, "b").loss) == (0.4, 0.1)


def test_step_times_of_seeds_are_averaged_and_counts_summed():
    times = [
        StepTimesRecord(
            count=10 * k,
            mean_ms=float(k),
            levels=[0.0, 0.5, 1.0],
            milliseconds=[0.0, 10.0 * k, 20.0 * k],
            left_out=k,
            skipped=1,
            examples_per_second=100.0 * k,
            device="CPU",
            backend="tensorflow",
        )
        for k in (1, 2)
    ]
    trainings = [_training("a", seed, [0.9], step_times=t) for seed, t in enumerate(times)]

    row = compare(trainings).rows[0]

    assert (row.step_ms_p50, row.step_ms_p95) == (15.0, pytest.approx(15 + 0.9 * 15))
    assert row.examples_per_second == 150.0
    values = row.as_dict()
    assert (values["count"], values["left_out"], values["skipped"]) == (30, 3, 2)
    assert (values["mean_ms"], values["device"], values["backend"]) == (1.5, "CPU", "tensorflow")


def test_without_step_times_there_are_none():
    row = compare([_training("a", 0, [0.9])]).rows[0]

    assert (row.step_ms_p50, row.step_ms_p95, row.examples_per_second) == (None, None, None)
    assert row.as_dict()["count"] == 0


def test_a_row_is_plain_values():
    values = compare(_seeds("a", [0.9, 0.8], step_times=None)).rows[0].as_dict()

    assert json.loads(json.dumps(values))["values"] == [0.9, 0.8]
    assert list(values)[:9] == [
        *("schedule", "spec", "values", "mean", "std", "n", "tied", "best_step"),
        "examples_per_second",
    ]


def test_an_unknown_metric_is_refused_with_those_that_are_known():
    with pytest.raises(UnknownMetricError, match="val_accuracy.*metric='nope'"):
        compare(_seeds("a", [0.9]), metric="nope")


def test_nothing_compares_to_nothing():
    table = compare([])

    assert (table.metric, table.direction, table.rows) == (None, None, ())


def test_a_plan_alone_is_a_row_without_data():
    row = compare([Training(group="a", name="a", schedule="CosineDecay", total_steps=10)]).rows[0]

    assert (row.status, row.schedule, row.total_steps, row.n) == ("no data", "CosineDecay", 10, 0)


def test_what_is_sampled_in_one_training_is_sampled_in_the_row():
    trainings = [*_seeds("a", [0.9]), _training("a", 1, [0.8], sampled=True)]

    assert compare(trainings).rows[0].sampled is True


@pytest.mark.parametrize("metric, sign", [("val_accuracy", 1), ("val_loss", -1)])
@pytest.mark.parametrize("value", [0.9, 0.7, 0.1])
def test_a_target_is_reached_by_the_value_that_logs_hold_for_it(metric, sign, value):
    logged = float(np.float32(value))
    short = float(np.nextafter(np.float32(value), np.float32(-sign)))

    row = compare([_training("a", 0, [short, logged], metric=metric)], target=value).rows[0]

    assert row.steps_to_target == 19


def test_a_target_beyond_float32_is_never_reached():
    row = compare([_training("a", 0, [0.5])], target=1e300).rows[0]

    assert (row.steps_to_target, row.reached) == (None, 0)
