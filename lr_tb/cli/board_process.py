"""TensorBoard that ends when its standard input is closed: `board_process.py LOGDIR`.

The pipe closes when the process at its other end dies, be it by `kill -9`, so that no
TensorBoard is left behind.
"""

import os
import sys
import threading

from tensorboard.main import run_main


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["tensorboard", "--logdir", *sys.argv[1:]]
    run_main()
