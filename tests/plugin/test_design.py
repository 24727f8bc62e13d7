import threading

import keras
import numpy as np
import pytest

import lr_tb
from lr_tb.plugin import design
from lr_tb.plugin.design import Designer
from lr_tb.plugin.query import QueryError
from lr_tb.schedules.known import KNOWN
from plugin_client import ROOT

_PAGE = "/design?spec=0.1&total_steps=5"
_HOSTILE = {
    "attribute": "CosineDecay.__class__",
    "attribute of a number": "(1).__class__.__bases__[0].__subclasses__()",
    "dunder name": "__import__('os').system('touch {marker}')",
    "builtin": "open('{marker}', 'w')",
    "eval": "eval('open(\\'{marker}\\', \\'w\\')')",
    "lambda": "lambda step: open('{marker}', 'w')",
    "call of a call": "CosineDecay(0.1, 5)(0)",
    "walrus": "(x := 0.1)",
    "f-string": 'f\'{{open("{marker}", "w")}}\'',
    "comprehension": "[x for x in (1,)]",
    "generator": "CosineDecay(*(x for x in [0.1, 5]))",
    "star": "CosineDecay(*[0.1, 5])",
    "double star": "CosineDecay(**{{'initial_learning_rate': 0.1}})",
    "subscript": "[0.1, 0.2][0]",
    "conditional": "0.1 if total_steps else 0.2",
    "huge power": "9 ** 9 ** 9 ** 9",
    "huge shift": "1 << 99999999999",
    "huge product": "1e308 * 1e308",
    "huge text": "'a' * 999999999",
    "division by zero": "1 / 0",
    "two statements": "0.1; open('{marker}', 'w')",
    "import": "import os",
    "await": "await x",
    "bytes": "b'x'",
    "complex": "1j",
    "not a number": "1e999 - 1e999",
    "negative": "-0.1",
    "a class only": "CosineDecay",
    "unknown name": "CosineDecoy(0.1, 5)",
    "unknown argument": "CosineDecay(0.1, 5, beta=1)",
    "homoglyph": "СosineDecay(0.1, 5)",
    "null byte": "0.1\0",
    "lone surrogate": r"'\ud800'",
    "newlines": "\n" * 1500 + "x",
    "3000 characters": "0.1" + "+0.1" * 750,
    "50 levels": "(" * 50 + "x" + ")" * 50,
    "50 lists": "[" * 50 + "]" * 50,
    "1500 minuses": "-" * 1500 + "1",
    "900 brackets": "(" * 900 + "1" + ")" * 900,
    "empty": "   ",
    "comment": "# nothing",
}


@pytest.mark.parametrize("spec", _HOSTILE.values(), ids=_HOSTILE.keys())
def test_whatever_is_no_schedule_is_refused_and_never_run(tmp_path, client, spec):
    marker = tmp_path / "executed"
    spec = spec.replace("{marker}", str(marker)).replace("{{", "{").replace("}}", "}")

    reply = client.get("/design", query_string={"spec": spec, "total_steps": "5"})

    assert (reply.status_code, reply.json["parameter"]) == (400, "spec")
    assert len(reply.json["error"]) <= 2100
    assert not marker.exists()


def test_the_message_points_at_the_place(client):
    reply = client.get("/design", query_string={"spec": "0.1 + osine", "total_steps": "5"})

    *words, code, pointer = reply.json["error"].split("\n")
    assert "osine" in words[0]
    assert code[pointer.index("^") : pointer.rindex("^") + 1] == "osine"


@pytest.mark.parametrize("steps, status", [(2**20, 200), (2**20 + 1, 400), (2**21, 400)])
def test_a_million_steps_are_drawn_and_no_more(client, steps, status):
    reply = client.get(f"/design?spec=CosineDecay(0.1,total_steps)&total_steps={steps}")

    assert reply.status_code == status
    if status == 200:
        assert len(reply.json["steps"]) <= 2000
        assert (reply.json["steps"][-1], reply.json["total_steps"]) == (steps - 1, steps)


def test_the_plan_is_that_of_the_class_that_trains(client):
    reply = client.get(
        "/design",
        query_string={
            "spec": "ExponentialDecay(0.5, 2 * steps_per_epoch, 0.25)",
            "total_steps": "40",
            "steps_per_epoch": "10",
        },
    ).json

    assert (reply["schedule"], reply["total_steps"], reply["steps_per_epoch"]) == (
        "ExponentialDecay",
        40,
        10,
    )
    assert reply["rates"] == pytest.approx([0.5 * 0.25 ** (k / 20) for k in reply["steps"]], 1e-2)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 20, 0.25)
    drawn = np.interp(np.arange(40), reply["steps"], reply["rates"])
    exact = [float(schedule(k)) for k in range(40)]
    assert drawn.tolist() == pytest.approx(exact, abs=0.5 * 1e-3)


@pytest.fixture
def held(client, monkeypatch):
    """Hold a drawing up; return what lets it go on."""
    begun, go_on, replies = threading.Event(), threading.Event(), []
    draw = lr_tb.Plan.from_schedule

    def slowly(*arguments, **named):
        begun.set()
        assert go_on.wait(30)
        return draw(*arguments, **named)

    monkeypatch.setattr(lr_tb.Plan, "from_schedule", slowly)
    first = threading.Thread(target=lambda: replies.append(client.get(_PAGE)))
    first.start()
    assert begun.wait(30)
    yield go_on
    go_on.set()
    first.join()
    assert [200] == [reply.status_code for reply in replies]


def test_while_one_is_drawn_another_waits_its_turn(client, held):
    threading.Timer(0.2, held.set).start()

    assert 200 == client.get(_PAGE).status_code

    assert held.is_set()


def test_where_the_turn_does_not_come_it_is_to_ask_again(client, held, monkeypatch):
    monkeypatch.setattr(design, "_PATIENCE_SECONDS", 0.1)

    busy = client.get(_PAGE)

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")


def test_after_an_error_the_next_one_is_drawn(client):
    assert client.get("/design?spec=nope&total_steps=5").status_code == 400
    assert client.get(_PAGE).status_code == 200


def test_without_keras_the_designer_says_so(monkeypatch):
    def missing():
        raise ImportError("No module named 'keras'")

    monkeypatch.setattr(design, "_leave_accelerators", missing)

    for ask in (lambda d: d.plan("0.1", 5, None), lambda d: d.schedules()):
        with pytest.raises(QueryError, match="needs Keras: No module named 'keras'") as caught:
            ask(Designer())
        assert caught.value.code == 501


def test_every_example_is_drawn(client):
    listed = client.get("/schedules").json["schedules"]

    assert [entry["name"] for entry in listed] == sorted(KNOWN)
    for entry in listed:
        query = {"spec": entry["example"], "total_steps": "1000", "steps_per_epoch": "100"}
        reply = client.get("/design", query_string=query)
        assert reply.status_code == 200, (entry["name"], reply.json)
        assert reply.json["schedule"] == entry["name"]


def test_the_form_has_the_arguments_of_the_signature(client):
    listed = {entry["name"]: entry for entry in client.get("/schedules").json["schedules"]}
    form = {parameter["name"]: parameter for parameter in listed["CosineDecay"]["parameters"]}

    assert listed["CosineDecay"]["module"] == "keras"
    assert list(form) == [
        *("initial_learning_rate", "decay_steps", "alpha", "warmup_target", "warmup_steps")
    ]
    assert {name: p["kind"] for name, p in form.items()} == {
        "initial_learning_rate": "number",
        "decay_steps": "integer",
        "alpha": "number",
        "warmup_target": "number",
        "warmup_steps": "integer",
    }
    assert [p["required"] for p in form.values()] == [True, True, False, False, False]
    assert form["alpha"]["default"] == 0.0
    assert "decay" in form["decay_steps"]["doc"].lower()


def test_a_real_server_draws_too(board):
    page = f"{ROOT}/design?spec=PolynomialDecay(0.1,total_steps,0)&total_steps=11"

    status, _, body = board.get(page)

    assert status == 200
    assert body["rates"] == pytest.approx([0.1 * (1 - k / 11) for k in body["steps"]], abs=1e-4)
