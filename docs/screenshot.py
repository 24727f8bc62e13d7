"""Make the pictures of the tab that the README shows, from real trainings.

    python docs/screenshot.py [--logdir LOGDIR] [--data auto|PATH.npz] [--out docs]

Without `--logdir` it first trains MNIST under six schedules, with three seeds of each and
four epochs (about ten minutes on two cores). Then it starts TensorBoard on the log directory,
opens the tab in the browser found (`$LR_TB_CHROMIUM`, Chromium or Chrome; needs the `playwright`
package) and writes `tab-light.png` and `tab-dark.png`.
"""

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent / "tests"))

from tensorboard_process import TensorBoard  # noqa: E402

SCHEDULES = ("constant", "exponential", "piecewise", "cosine", "cosine_restarts", "plateau")
EPOCHS = 4
SEEDS = 3
VIEW = "&p.lr_tb.smooth=0.9"
SIZE = {"width": 1400, "height": 1150}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def train(logdir: Path, data: str) -> None:
    """Train MNIST with `lr-tb mnist`."""
    options = ["--epochs", str(EPOCHS), "--seeds", str(SEEDS), "--data", data]
    command = [sys.executable, "-m", "lr_tb", "mnist", "--schedule", *SCHEDULES, *options]
    subprocess.run([*command, "--logdir", str(logdir)], check=True)


def photograph(url: str, out: Path) -> None:
    """Open the tab in light and in dark, and save what it looks like."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    browser_path = os.environ.get("LR_TB_CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS))
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for theme in ("light", "dark"):
            page = browser.new_page(viewport=SIZE)
            page.goto(f"{url}/?darkMode={str(theme == 'dark').lower()}#lr_tb{VIEW}")
            tab = page.frame_locator("iframe[src*='name=lr_tb']")
            tab.locator(".comparison td.best").wait_for(timeout=60_000)
            page.wait_for_timeout(1000)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            # Rounding the shades between two colours halves the file and cannot be seen.
            picture = picture.point([round(value / 5) * 5 for value in range(256)] * 3)
            picture.save(out / f"tab-{theme}.png", optimize=True)
        browser.close()


def main() -> None:
    """Read the arguments, train where there is nothing to show, and make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logdir", type=Path, help="trainings to show (default: train some)")
    parser.add_argument("--data", default="auto", help="as in lr-tb mnist")
    parser.add_argument("--out", type=Path, default=_HERE, help="where to put the pictures")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        logdir = arguments.logdir or Path(scratch) / "mnist"
        if arguments.logdir is None:
            train(logdir, arguments.data)
        board = TensorBoard(logdir)
        try:
            photograph(board.url, arguments.out)
        finally:
            board.stop()


if __name__ == "__main__":
    main()
