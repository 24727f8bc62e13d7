"""The folder of one training: what it takes to go on where the training was broken off."""

import contextlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

KEPT = 2

Logs = dict[str, float]


class TrainingFolder:
    """Backups, history and result of one training; survives a kill at any moment.

    Every file appears whole or not at all. Their names begin with `key`: a folder that
    was written under another key counts as empty.

    Args:
        path: The folder; made when something is saved.
        key: Names what is trained, such as a hash of its hyperparameters.
        is_better: Whether the first logs of an epoch are better than the second; the
            weights of the best epoch are then kept. None keeps none.
    """

    def __init__(
        self, path: Path, key: str, is_better: Callable[[Logs, Logs], bool] | None = None
    ) -> None:
        self._path = path
        self._key = key
        self._is_better = is_better
        self._lines: list[dict[str, Any]] = []
        self._read_history()

    @property
    def is_done(self) -> bool:
        """Whether the training ran to its end."""
        return self._file("done.json").exists()

    @property
    def epochs(self) -> int:
        """Epochs in the history: the number of the last one."""
        return int(self._lines[-1]["epoch"]) if self._lines else 0

    @property
    def is_stopped(self) -> bool:
        """Whether a callback ended the training at the last epoch of the history."""
        return bool(self._lines and self._lines[-1]["stopped"])

    @property
    def history(self) -> list[Logs]:
        """Keras' logs of each epoch."""
        return [dict(line["logs"]) for line in self._lines]

    def callback(self) -> keras.callbacks.Callback:
        """Return the callback that saves each epoch. It must stand last in the list."""
        return _Backup(self)

    def save(self, model: keras.Model, epochs: int, logs: Mapping[str, Any]) -> None:
        """Keep an epoch: its logs first, then the weights with the optimizer's state.

        Args:
            model: As it is at the end of the epoch.
            epochs: How many epochs it was trained.
            logs: Keras' logs of the epoch.
        """
        self._path.mkdir(parents=True, exist_ok=True)
        earlier = self.history
        numbers = {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}
        self._append({"epoch": epochs, "stopped": bool(model.stop_training), "logs": numbers})
        self._save_build(model)
        written = self._file("writing.weights.h5")
        model.save_weights(written, overwrite=True)
        if self._is_best(numbers, earlier):
            copied = self._file("copying.weights.h5")
            shutil.copyfile(written, copied)
            os.replace(copied, self._file(f"best-{epochs}.weights.h5"))
        os.replace(written, self._file(f"{epochs}.weights.h5"))
        self._prune()

    def restore(self, model: keras.Model) -> int:
        """Load the newest backup and cut the history to it; without one forget everything.

        Args:
            model: Compiled, as new.

        Returns:
            How many epochs it was trained: 0 where there is no backup.
        """
        epochs = self.load(model)
        if epochs:
            self._cut(epochs)
        else:
            self.clear()
        return epochs

    def load(self, model: keras.Model) -> int:
        """Load the newest backup that can be read, and leave the folder as it is.

        Returns:
            How many epochs it was trained: 0 where there is no backup.
        """
        for epochs, file in self._weights(""):
            with contextlib.suppress(OSError):  # Broken by the disk: there is one before it.
                self._load(model, file)
                return epochs
        return 0

    def load_best(self, model: keras.Model) -> None:
        """Load the weights of the best epoch.

        Raises:
            FileNotFoundError: None was saved.
        """
        for _, file in self._weights("best-"):
            self._load(model, file)
            return
        raise FileNotFoundError(f"There are no weights of a best epoch in {str(self._path)!r}.")

    def finish(self, result: Any = None, *, keep_backup: bool = False) -> None:
        """Mark the training as done.

        Args:
            result: Anything that JSON can hold.
            keep_backup: Whether another training may go on from here.
        """
        self._path.mkdir(parents=True, exist_ok=True)
        write_whole(self._file("done.json"), json.dumps(result))
        if not keep_backup:
            for _, file in self._weights(""):
                file.unlink()

    @property
    def result(self) -> Any:
        """What `finish` was given."""
        return json.loads(self._file("done.json").read_text())

    def clear(self) -> None:
        """Forget everything, also what was kept under another key."""
        self._lines = []
        for _, file in self._weights(""):  # First, lest a kill leave weights without history.
            file.unlink()
        shutil.rmtree(self._path, ignore_errors=True)

    def _file(self, name: str) -> Path:
        return self._path / f"{self._key}-{name}"

    def _read_history(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._lines = list(_whole_lines(self._file("history.jsonl").read_text()))

    def _append(self, line: dict[str, Any]) -> None:
        self._lines.append(line)
        with open(self._file("history.jsonl"), "a") as file:
            file.write(json.dumps(line) + "\n")

    def _cut(self, epochs: int) -> None:
        self._lines = [line for line in self._lines if line["epoch"] <= epochs]
        text = "".join(json.dumps(line) + "\n" for line in self._lines)
        write_whole(self._file("history.jsonl"), text)
        for prefix in ("", "best-"):
            for later, file in self._weights(prefix):
                if later > epochs:
                    file.unlink()

    def _is_best(self, logs: Logs, earlier: list[Logs]) -> bool:
        better = self._is_better
        return better is not None and all(better(logs, before) for before in earlier)

    def _weights(self, prefix: str) -> list[tuple[int, Path]]:
        """Return the whole files of weights, the newest first."""
        pattern = re.compile(rf"{re.escape(self._key)}-{prefix}(\d+)\.weights\.h5")
        matches = [(pattern.fullmatch(file.name), file) for file in _files(self._path)]
        return sorted(((int(m.group(1)), file) for m, file in matches if m), reverse=True)

    def _prune(self) -> None:
        for prefix in ("", "best-"):
            for _, file in self._weights(prefix)[KEPT:]:
                file.unlink()

    def _save_build(self, model: keras.Model) -> None:
        """Keep what a model that has no input shape of its own is built from."""
        file = self._file("build.json")
        config = None if file.exists() else model.get_build_config()
        if config is not None:
            write_whole(file, json.dumps(config))

    def _load(self, model: keras.Model, file: Path) -> None:
        with _strategy_scope(model):
            if not model.built:
                model.build_from_config(json.loads(self._file("build.json").read_text()))
            if model.optimizer is not None and not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
            model.load_weights(file)


class _Backup(keras.callbacks.Callback):
    """Saves each epoch into a folder."""

    def __init__(self, folder: TrainingFolder) -> None:
        super().__init__()
        self._folder = folder

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._folder.save(self.model, epoch + 1, logs or {})


def write_whole(path: Path, text: str) -> None:
    """Write a file such that it is there whole or not at all, whenever this is broken off."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    partial.write_text(text)
    os.replace(partial, path)


def _strategy_scope(model: keras.Model) -> contextlib.AbstractContextManager[Any]:
    """Return the scope in which variables of a model are made: it may be on several devices."""
    strategy = getattr(model, "distribute_strategy", None)  # Of TensorFlow; others have none.
    return contextlib.nullcontext() if strategy is None else strategy.scope()


def _whole_lines(text: str) -> Iterator[dict[str, Any]]:
    """Yield the lines; the last one may have been broken off."""
    *lines, _ = text.split("\n")
    for line in lines:
        yield json.loads(line)


def _files(path: Path) -> list[Path]:
    return list(path.iterdir()) if path.is_dir() else []
