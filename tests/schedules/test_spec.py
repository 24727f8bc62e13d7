"""The spec language: what it says, and what it refuses, pointing at the place."""

import math

import numpy as np
import pytest
from keras.optimizers import schedules as keras_schedules

from lr_tb.schedules import from_spec
from lr_tb.schedules.evaluate import evaluate
from lr_tb.schedules.known import KERAS

_SIZES = {"total_steps": 1000, "steps_per_epoch": 100, "epochs": 10}
_STEPS = np.arange(0, 1100, 7)


@pytest.mark.parametrize(
    ("spec", "rate"),
    [
        ("0.001", 0.001),
        ("1e-3", 0.001),
        (" 1\n", 1.0),
        ("2", 2.0),
        ("0", 0.0),
        ("0.1 + 0.2 * 2", 0.5),
        ("(0.1 + 0.2) * 2", 0.6),
        ("0.5 - 0.25", 0.25),
        ("1 / 8", 0.125),
        ("7 // 2", 3.0),
        ("-7 // 2 + 5", 1.0),
        ("--0.5", 0.5),
        ("total_steps / 1e4", 0.1),
        ("epochs * steps_per_epoch", 1000.0),
    ],
)
def test_a_bare_number_is_a_float(spec, rate):
    found = from_spec(spec, **_SIZES)

    assert isinstance(found, float)
    assert found == pytest.approx(rate, rel=1e-15)


@pytest.mark.parametrize("name", sorted(KERAS))
def test_a_spec_of_keras_own_code_gives_what_keras_gives(name):
    code = {
        "CosineDecay": "CosineDecay(0.0, 900, alpha=0.1, warmup_target=0.1, warmup_steps=100)",
        "CosineDecayRestarts": "CosineDecayRestarts(0.1, 100, t_mul=1.5, m_mul=0.9, alpha=0.01)",
        "ExponentialDecay": "ExponentialDecay(0.1, 100, 0.5, staircase=True)",
        "InverseTimeDecay": "InverseTimeDecay(0.1, 100, decay_rate=0.5, name='mine')",
        "PiecewiseConstantDecay": "PiecewiseConstantDecay([100, 500], [0.1, 0.01, 0.001])",
        "PolynomialDecay": "PolynomialDecay(0.1, 300, 0.01, 2.0, True)",
    }[name]
    found = from_spec(code)

    expected = eval(code, vars(keras_schedules))
    assert type(expected) is type(found)
    assert expected.get_config() == found.get_config()
    np.testing.assert_array_equal(evaluate(expected, _STEPS), evaluate(found, _STEPS))


def test_names_stand_for_the_sizes_of_the_training():
    code = "CosineDecay(0.0, 0.9 * total_steps, warmup_target=3e-3, warmup_steps=0.1 * total_steps)"
    found = from_spec(code, **_SIZES)

    assert (900, 100) == (found.decay_steps, found.warmup_steps)
    assert 500 == from_spec("PowerDecay(0.1, 5 * steps_per_epoch)", **_SIZES).timescale
    assert 20 == from_spec("PowerDecay(0.1, 2 * epochs)", **_SIZES).timescale


def test_steps_may_be_fractional_and_are_whole_where_only_rounding_says_otherwise():
    assert 2.5 == from_spec("Warmup(0.1, total_steps / 400)", **_SIZES).warmup_steps
    found = from_spec("Warmup(0.1, 0.29 * steps_per_epoch)", **_SIZES).warmup_steps
    assert (29, int) == (found, type(found))


def test_an_integer_for_a_rate_is_that_rate():
    found = from_spec("PolynomialDecay(1, 4, 0)")

    assert [1.0, 0.75, 0.5, 0.25, 0.0] == evaluate(found, np.arange(5)).tolist()


def test_schedules_nest():
    code = "Sequence([Warmup(0.1, 10), Product([0.5, Clip(PolynomialDecay(0.1, 20), 0.05)])], [15])"
    found = from_spec(code)

    line = np.clip(0.1 - (0.1 - 0.0001) * (_STEPS - 15) / 20, 0.05, 0.1)
    expected = np.where(_STEPS < 15, 0.1 * np.minimum(_STEPS / 10, 1), 0.5 * line)
    np.testing.assert_allclose(evaluate(found, _STEPS), expected, rtol=1e-5)


def test_strings_flags_none_and_lists_are_arguments():
    assert "linear" == from_spec("OneCycle(0.1, 10, anneal='linear')").anneal
    assert from_spec("OneCycle(0.1, 10, three_phase=True)").three_phase
    assert from_spec("Clip(0.1, maximum=None)").maximum is None
    assert [0.5, 0.25] == from_spec("Table([0.5, 1 / 4])").values


def test_a_spec_may_run_over_lines_and_hold_comments():
    found = from_spec("""
        Warmup(  # the usual
            0.1,
            10,
        )
    """)

    assert "Warmup(0.1, 10)" == repr(found)


_REFUSED = {
    "attribute of a known name": "CosineDecay.mro(0.1)",
    "attribute": "total_steps.real",
    "attribute of a number": "(1).real",
    "dunder name": "__import__('os')",
    "dunder attribute": "total_steps.__class__",
    "index": "[0.1, 0.2][0]",
    "list comprehension": "Table([0.1 for _ in [1, 2]])",
    "generator": "Table(x for x in [0.1])",
    "lambda": "lambda: 0.1",
    "f-string": "OneCycle(0.1, 10, anneal=f'linear')",
    "walrus": "(rate := 0.1)",
    "assignment": "rate = 0.1",
    "two statements": "0.1; 0.2",
    "two lines": "0.1\n0.2",
    "import": "import os",
    "await": "await total_steps",
    "condition": "0.1 if True else 0.2",
    "comparison": "0.1 < 0.2",
    "and": "1 and 2",
    "not": "not 1",
    "unary plus": "+0.1",
    "inversion": "~1",
    "power": "2**-3",
    "modulo": "7 % 4",
    "shift": "1 << 3",
    "or of bits": "1 | 2",
    "matrix product": "1 @ 2",
    "tuple": "PiecewiseConstantDecay((1, 2), [0.1, 0.2, 0.3])",
    "set": "Table({0.1})",
    "dictionary": "Table({0.1: 1})",
    "bytes": "OneCycle(0.1, 10, anneal=b'linear')",
    "complex number": "0.1j",
    "ellipsis": "...",
    "star-arguments": "CosineDecay(*[0.1, 9])",
    "double-star-arguments": "CosineDecay(0.1, **{'decay_steps': 9})",
    "star in a list": "Table([*[0.1]])",
    "keyword twice": "CosineDecay(0.1, decay_steps=9, decay_steps=9)",
    "position and keyword": "CosineDecay(0.1, 9, decay_steps=9)",
    "unknown function": "print(0.1)",
    "built-in": "float('0.1')",
    "constructor by another name": "Table.from_function(0.1, 9)",
    "call of a call": "CosineDecay(0.1, 9)(3)",
    "schedule in arithmetic": "2 * CosineDecay(0.1, 9)",
    "string in arithmetic": "OneCycle(0.1, 10, anneal='lin' + 'ear')",
    "string times number": "'a' * 1000000000",
    "list times number": "Table([0.1] * 1000000000)",
    "bool in arithmetic": "True + 1",
    "none in arithmetic": "-None",
    "division by zero": "1 / 0",
    "floor division by zero": "1 // (1 - 1)",
    "infinity": "1e999",
    "overflow": "1e308 * 10",
    "huge integer": "9" * 400,
    "huge integer from a product": f"{'9' * 300} * {'9' * 300}",
    "negative rate": "-0.1",
    "too large a rate": "1e39",
    "bool": "True",
    "none": "None",
    "string": "'cosine'",
    "list": "[0.1]",
    "class without a call": "CosineDecay",
    "class for a part": "Warmup(CosineDecay, 10)",
    "missing argument": "CosineDecay(0.1)",
    "too many arguments": "Table([0.1], 3)",
    "unclosed bracket": "CosineDecay(0.1, 9",
    "null byte": "0.1\0",
    "nothing": "",
    "spaces": " \n ",
    "comment": "# 0.1",
}


@pytest.mark.parametrize("spec", _REFUSED.values(), ids=_REFUSED)
def test_what_is_no_spec_is_refused_at_its_place(spec):
    with pytest.raises(ValueError, match="^`spec` must .*[.] Received: .*") as caught:
        from_spec(spec, **_SIZES)

    *_, line, carets = str(caught.value).split("\n")
    assert {"^"} == set(carets.strip())
    assert line[2:].strip() in spec


@pytest.mark.parametrize(
    ("spec", "place", "nearest"),
    [
        ("CosineDecy(0.1, 9)", "CosineDecy", "'CosineDecay'"),
        ("cosine_decay(0.1, 9)", "cosine_decay", "'CosineDecay'"),
        ("keras.optimizers.schedules.CosineDecay(1, 2)", "keras.optimizers.sch", "'CosineDecay'"),
        ("Warmup(OneCicle(0.1, 10), 5)", "OneCicle", "'OneCycle'"),
        ("CosineDecay(0.1, 0.9 * totalsteps)", "totalsteps", "'total_steps'"),
        ("CosineDecay(0.1, 9, alfa=0.1)", "alfa=0.1", "'alpha'"),
        ("OneCycle(0.1, 10, anneal='cosin')", "'cosin'", "'cosine'"),
    ],
)
def test_the_error_names_the_nearest_known_thing(spec, place, nearest):
    with pytest.raises(ValueError) as caught:
        from_spec(spec, **_SIZES)

    message, line, carets = str(caught.value).split("\n")
    assert f"Did you mean {nearest}?" in message
    assert line[carets.index("^") :].startswith(place)


@pytest.mark.parametrize(
    ("spec", "message", "place"),
    [
        ("Sequence([0.1, CosineDecay(0.1, -9)], [5])", "`decay_steps` must be > 0.*=-9", "-9"),
        ("Warmup(0.1, -1)", "`warmup_steps` must be >= 0.*=-1", "-1"),
        ("CosineDecay(*[0.1, 9])", "give each argument by itself", "*[0.1, 9]"),
        ("CosineDecay(0.1, **{})", "give each argument by itself", "**{}"),
        ("Warmup('0.1', 1)", "`schedule` must be a LearningRateSchedule or a number", "'0.1'"),
        ("Sequence([0.1, 0.2], [5, 9])", "`boundaries` must have one item fewer", "[5, 9]"),
        ("PiecewiseConstantDecay([9, 5], [1.0, 0.5, 0.1])", "`boundaries` must rise", "[9, 5]"),
        ("PiecewiseConstantDecay([9, 12], [1.0, 0.5])", "boundaries should be 1 less", "Piece"),
        ("Table([0.1, -1])", r"`values\[1\]` must be >= 0", "[0.1, -1]"),
        ("CosineDecay(0.1, 9, alpha=-1)", "`alpha` must be >= 0", "-1"),
        ("CosineDecay(True, 9)", "`initial_learning_rate` must be a number", "True"),
        ("ExponentialDecay(0.1, 9, 0.5, staircase=1)", "`staircase` must be True or False", "1"),
    ],
)
def test_an_argument_that_makes_no_schedule_is_pointed_at(spec, message, place):
    with pytest.raises(ValueError, match=message) as caught:
        from_spec(spec)

    line, carets = str(caught.value).split("\n")[-2:]
    assert line[carets.index("^") :].startswith(place)


@pytest.mark.parametrize("name", ["total_steps", "steps_per_epoch", "epochs"])
def test_a_name_that_is_unknown_here_says_what_to_pass(name):
    with pytest.raises(ValueError, match=f"Received: {name}=None. Pass `{name}`."):
        from_spec(f"CosineDecay(0.1, {name})")


@pytest.mark.parametrize("name", ["total_steps", "steps_per_epoch", "epochs"])
@pytest.mark.parametrize("value", [0, -1, math.nan, "10", True])
def test_a_size_that_is_no_size_is_refused(name, value):
    with pytest.raises((TypeError, ValueError), match=f"`{name}` must .* Received: {name}="):
        from_spec("0.1", **{name: value})


def test_the_place_in_a_long_line_is_shown_with_what_stands_around_it():
    spec = f"Sequence([{'0.1, ' * 200}Cosine(0.1, 9)], [5])"

    with pytest.raises(ValueError) as caught:
        from_spec(spec)

    _, line, carets = str(caught.value).split("\n")
    assert len(line) <= 80
    assert "Cosine" == line[carets.index("^") : carets.rindex("^") + 1]


def test_two_thousand_characters_are_read_and_one_more_is_not():
    values = ("0.1, " * 398)[:-2]
    spec = f"Table([{values}])"
    longest = spec + "#" * (2000 - len(spec))

    assert 398 == len(from_spec(longest).values)
    with pytest.raises(ValueError, match="at most 2000 characters. Received: 2001 characters"):
        from_spec(longest + "#")


def test_twenty_levels_are_read_and_one_more_is_not():
    nested = "Clip(" * 19 + "0.1" + ")" * 19

    assert 0.1 == pytest.approx(float(from_spec(nested)(0)))
    with pytest.raises(ValueError, match="nested at most 20 levels deep. Received: one more level"):
        from_spec(f"Clip({nested})")
    with pytest.raises(ValueError, match="nested at most 20 levels"):
        from_spec("-" * 20 + "1")


@pytest.mark.parametrize("spec", ["(" * 900 + "1" + ")" * 900, "-" * 1999 + "1", "[" * 1999])
def test_code_nested_too_deep_for_python_is_refused_too(spec):
    with pytest.raises(ValueError, match="`spec` must be"):
        from_spec(spec)


@pytest.mark.parametrize("spec", [None, 0.1, b"0.1", ["0.1"]])
def test_what_is_no_string_is_refused(spec):
    with pytest.raises(TypeError, match="`spec` must be a string. Received: spec="):
        from_spec(spec)
