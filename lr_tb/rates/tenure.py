"""What a callback does to a model lasts as long as one fit, however that fit ends."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, Self

import keras

from lr_tb.rates.override import retrace


class Tenure:
    """Undoes something when a fit ends, or else before the model trains again.

    Keras tells no callback that a fit was broken off. Every fit, and `train_on_batch`,
    first asks `model.make_train_function`, so that is watched: once the fit of the
    tenure is no longer running, the tenure ends before anything is trained.

    Args:
        model: The model that is being fit.
        fit: `params` of the callback: one object that all callbacks of a fit share.
        undo: Called once.
    """

    def __init__(self, model: keras.Model, fit: Any, undo: Callable[[], None]) -> None:
        self._model = model
        self._fit = fit
        self._undo = undo
        make = model.make_train_function
        if not isinstance(make, _Watched):
            make = vars(model)["make_train_function"] = _Watched(make)
        make.tenures.append(self)

    def end(self) -> None:
        """Undo what was done and make the train function anew. May be called twice."""
        watched = vars(self._model).get("make_train_function")
        if not isinstance(watched, _Watched) or self not in watched.tenures:
            return
        watched.tenures.remove(self)
        if not watched.tenures:
            del vars(self._model)["make_train_function"]
        try:
            self._undo()
        finally:
            retrace(self._model)

    def end_unless_running(self) -> None:
        """End where the fit is over, which is so when it is nowhere up the stack."""
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            if frame.f_locals.get("self") is self._model and self._is_in(frame.f_locals.values()):
                return
        self.end()

    def _is_in(self, values: Any) -> bool:
        lists = [value for value in values if isinstance(value, keras.callbacks.CallbackList)]
        return any(item.params is self._fit for item in lists)


class _Watched:
    """A model's `make_train_function` that ends tenures before anything is trained."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make
        self.tenures: list[Tenure] = []

    def __call__(self, force: bool = False) -> Any:
        for tenure in [] if force else list(self.tenures):
            tenure.end_unless_running()
        return self.make(force=force)


class FitScoped:
    """Mixed into a callback whose effect on the model ends with the fit.

    After a fit that raised, the effect ends at `close()`, at the end of
    `with callback: model.fit(...)`, or before the model trains again.
    """

    model: keras.Model
    params: Any
    _tenure: Tenure | None = None
    _arguments: dict[str, Any]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a callback with the same arguments that has seen nothing yet."""
        return type(self)(**self._arguments)

    def close(self) -> None:
        """Leave the model as it was before the fit. May be called twice."""
        tenure, self._tenure = self._tenure, None
        if tenure is not None:
            tenure.end()

    def _undo(self) -> None:
        """Take back what was done to the model."""
        raise NotImplementedError

    @contextlib.contextmanager
    def _beginning(self) -> Iterator[None]:
        """Begin the tenure, where it has not begun; whatever is refused leaves nothing behind."""
        if self._tenure is None:
            self._tenure = Tenure(self.model, self.params, self._undo)
        try:
            yield
        except BaseException:
            self.close()
            raise
