import keras_tuner

from lr_tb.tuner.candidates import CHOICE
from lr_tb.tuner.grid import GridOracle, combinations


def _space():
    space = keras_tuner.HyperParameters()
    space.Choice(CHOICE, ["flat", "cosine", "steps"])
    with space.conditional_scope(CHOICE, ["cosine"]):
        space.Choice("cosine/peak", [0.1, 0.2, 0.3], default=0.2)
        space.Boolean("cosine/warm")
    with space.conditional_scope(CHOICE, ["steps"]):
        space.Int("steps/every", 1, 3)
    return space


_EXPECTED = [
    {CHOICE: "flat"},
    {CHOICE: "cosine", "cosine/peak": 0.2, "cosine/warm": False},
    {CHOICE: "cosine", "cosine/peak": 0.2, "cosine/warm": True},
    {CHOICE: "cosine", "cosine/peak": 0.1, "cosine/warm": False},
    {CHOICE: "cosine", "cosine/peak": 0.1, "cosine/warm": True},
    {CHOICE: "cosine", "cosine/peak": 0.3, "cosine/warm": False},
    {CHOICE: "cosine", "cosine/peak": 0.3, "cosine/warm": True},
    {CHOICE: "steps", "steps/every": 1},
    {CHOICE: "steps", "steps/every": 2},
    {CHOICE: "steps", "steps/every": 3},
]


def _oracle(path, **options):
    oracle = GridOracle("val_accuracy", **options)
    oracle._set_project_dir(str(path), "grid")
    oracle.verbose = 0
    oracle.update_space(_space())
    return oracle


def _run(oracle, most=100, status="COMPLETED"):
    """Run trials until there are no more; return their values."""
    found = []
    for _ in range(most):
        trial = oracle.create_trial("tuner0")
        if trial.status == "STOPPED":
            break
        found.append(trial.hyperparameters.values)
        if status == "COMPLETED":
            oracle.update_trial(trial.trial_id, {"val_accuracy": 0.5})
        trial.status = status
        oracle.end_trial(trial)
    return found


def test_every_combination_of_active_values_comes_once():
    assert _EXPECTED == list(combinations(_space()))


def test_the_oracle_tries_them_in_their_order(tmp_path):
    assert _EXPECTED == _run(_oracle(tmp_path))


def test_failed_trials_do_not_end_the_search(tmp_path):
    assert _EXPECTED == _run(_oracle(tmp_path), status="FAILED")


def test_no_more_trials_are_tried_than_asked_for(tmp_path):
    assert _EXPECTED[:4] == _run(_oracle(tmp_path, max_trials=4))


def test_after_a_restart_it_goes_on_where_it_was(tmp_path):
    first = _oracle(tmp_path)
    _run(first, most=4)
    first.save()

    second = _oracle(tmp_path)
    second.reload()

    assert _EXPECTED[4:] == _run(second)


def test_while_others_train_it_waits_and_then_stops(tmp_path):
    oracle = _oracle(tmp_path, max_trials=None)
    ongoing = [oracle.create_trial(f"worker{number}") for number in range(10)]

    assert "IDLE" == oracle.create_trial("worker10").status

    for trial in ongoing:
        trial.status = "FAILED"
        oracle.end_trial(trial)
    assert "STOPPED" == oracle.create_trial("worker10").status


def test_hyperparameters_that_turn_up_in_a_trial_are_searched_too(tmp_path):
    oracle = GridOracle("val_accuracy")
    oracle._set_project_dir(str(tmp_path), "grid")
    oracle.verbose = 0
    space = keras_tuner.HyperParameters()
    space.Choice(CHOICE, ["flat", "cosine"])
    oracle.update_space(space)

    trial = oracle.create_trial("tuner0")
    trial.hyperparameters.Choice("width", [1, 2])
    oracle.update_trial(trial.trial_id, {"val_accuracy": 0.5})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)

    left = [
        {CHOICE: "flat", "width": 2},
        {CHOICE: "cosine", "width": 1},
        {CHOICE: "cosine", "width": 2},
    ]
    assert left == _run(oracle)
