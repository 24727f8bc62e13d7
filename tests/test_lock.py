"""A folder is held by one writer, and let go however that writer ends."""

import gc
import threading

import pytest

from lr_tb.lock import DirectoryInUseError, DirectoryLock


def test_a_folder_is_made_held_and_let_go(tmp_path):
    fit = object()
    lock = DirectoryLock(tmp_path / "a/b", fit)

    with pytest.raises(DirectoryInUseError, match="must not be in use by another"):
        DirectoryLock(tmp_path / "a/b", fit)
    lock.release()
    lock.release()

    DirectoryLock(tmp_path / "a/b", fit).release()
    assert [] == list((tmp_path / "a/b").iterdir())


def test_two_names_of_one_folder_are_one(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "real").mkdir()
    fit = object()
    lock = DirectoryLock(tmp_path / "real", fit)

    with pytest.raises(DirectoryInUseError):
        DirectoryLock(tmp_path / "link", fit)
    lock.release()


def test_a_lock_of_a_fit_before_is_taken_over(tmp_path):
    broken = DirectoryLock(tmp_path, object())

    lock = DirectoryLock(tmp_path, object())
    broken.release()

    other_thread_was_kept_out = []
    thread = threading.Thread(target=_try, args=(tmp_path, other_thread_was_kept_out))
    thread.start()
    thread.join()
    assert [True] == other_thread_was_kept_out
    lock.release()


def _try(path, was_kept_out):
    try:
        DirectoryLock(path, object()).release()
    except DirectoryInUseError:
        was_kept_out.append(True)


def test_a_lock_that_nobody_holds_any_more_is_gone(tmp_path):
    lock = DirectoryLock(tmp_path, object())
    del lock
    gc.collect()

    seen = []
    thread = threading.Thread(target=_try, args=(tmp_path, seen))
    thread.start()
    thread.join()
    assert [] == seen
