import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from lr_tb.plugin.query import Query, QueryError


def _query(**values):
    return Query(MultiDict(values), tuple(values))


def test_an_unknown_parameter_is_named_with_those_that_are_known():
    with pytest.raises(QueryError, match="`tag`, `points`.*'nope'") as caught:
        Query(MultiDict({"nope": "1"}), ("tag", "points"))

    assert (caught.value.parameter, caught.value.code) == ("nope", 400)


def test_a_route_without_parameters_says_so():
    with pytest.raises(QueryError, match="are none"):
        Query(MultiDict({"x": ""}), ())


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(QueryError, match="`tag` must be given once") as caught:
        Query(MultiDict([("tag", "a"), ("tag", "b")]), ("tag",))

    assert caught.value.parameter == "tag"


def test_a_long_unknown_name_is_not_repeated_in_full():
    with pytest.raises(QueryError) as caught:
        Query(MultiDict({"x" * 5000: ""}), ())

    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("values", [{}, {"tag": ""}], ids=["missing", "empty"])
def test_a_required_parameter_that_is_missing_or_empty_is_named(values):
    with pytest.raises(QueryError, match="`tag` must be given") as caught:
        Query(MultiDict(values), ("tag",)).required("tag")

    assert caught.value.parameter == "tag"


def test_a_choice_must_be_one_of_them():
    assert _query(kind="plan").choice("kind", ("plan", "finder")) == "plan"
    with pytest.raises(QueryError, match="plan, finder. Received: kind='Plan'"):
        _query(kind="Plan").choice("kind", ("plan", "finder"))


@pytest.mark.parametrize("text, number", [("2", 2), ("7", 7), ("007", 7), ("100", 100)])
def test_integers_within_the_bounds_are_taken(text, number):
    assert _query(points=text).integer("points", 2, 100) == number


@pytest.mark.parametrize(
    "text", ["1", "101", "-5", "5.0", "1e1", "0x10", "٣", "٣٣", " 5", "1_0", "9" * 5000, "five"]
)
def test_what_is_no_integer_within_the_bounds_is_refused(text):
    with pytest.raises(QueryError, match="integer from 2 to 100") as caught:
        _query(points=text).integer("points", 2, 100)

    assert caught.value.parameter == "points"
    assert len(str(caught.value)) < 250


def test_a_missing_number_is_none():
    assert (_query().integer("points", 1, 2), _query().number("target")) == (None, None)


@pytest.mark.parametrize("text, number", [("0.98", 0.98), ("-1e-3", -1e-3), ("5", 5.0)])
def test_finite_numbers_are_taken(text, number):
    assert _query(target=text).number("target") == number


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999", "0,98", "abc", "1" * 400])
def test_what_is_no_finite_number_is_refused(text):
    with pytest.raises(QueryError, match="finite number") as caught:
        _query(target=text).number("target")

    assert caught.value.parameter == "target"


@given(st.text())
def test_any_text_is_a_number_or_refused(text):
    for read in (lambda q: q.number("x"), lambda q: q.integer("x", 1, 9)):
        try:
            read(_query(x=text))
        except QueryError as error:
            assert error.parameter == "x"
