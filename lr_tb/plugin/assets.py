"""The files of the built front end."""

from pathlib import Path

INDEX = "index.js"
_STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
_NOT_BUILT = """\
export function render() {
  document.body.textContent =
    "The front end of lr_tb was not built. Install lr_tb again with a network: " +
    "LR_TB_FRONTEND=require pip install --force-reinstall --no-deps lr_tb";
}
"""


class Assets:
    """Serves the files that stand in one folder when it is made, and no others.

    Args:
        folder: The folder of the built front end.
    """

    def __init__(self, folder: Path = _STATIC) -> None:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        self._files = {f.name: f for f in files if f.is_file() and f.suffix in _TYPES}

    def read(self, name: str) -> tuple[bytes, str] | None:
        """Return the bytes and the content type of a file, or None for any other name.

        Where the front end was not built, `index.js` is a module that says so.
        """
        if name not in self._files:
            return (_NOT_BUILT.encode(), _TYPES[".js"]) if name == INDEX else None
        path = self._files[name]
        return path.read_bytes(), _TYPES[path.suffix]
