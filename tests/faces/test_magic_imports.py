"""``from seldon_core.user_model import ...`` in a notebook: the real package, or ours where it is absent."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell(config=config, ipython_dir=".")
loaded = shell.run_cell("%load_ext seldon_workbench")
loaded.raise_error()
shell.run_cell(
    "from seldon_core.user_model import SeldonComponent, SeldonResponse\\n"
    "from seldon_core.flask_utils import SeldonMicroserviceException\\n"
    "import seldon_core\\n"
    "print(seldon_core.__version__, SeldonComponent.__module__, SeldonResponse.__module__)"
).raise_error()
"""


def shown(folder: Path) -> str:
    """What the program prints in a folder; the folder is on its path."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_ours_answers_where_the_real_package_is_absent(tmp_path: Path) -> None:
    assert shown(tmp_path) == "1.18.2 seldon_workbench.component seldon_workbench.message"


def test_the_real_package_wins_where_it_is_installed(tmp_path: Path) -> None:
    package = tmp_path / "seldon_core"
    package.mkdir()
    (package / "__init__.py").write_text('__version__ = "0.real"\n')
    (package / "user_model.py").write_text("class SeldonComponent: ...\nclass SeldonResponse: ...\n")
    (package / "flask_utils.py").write_text("class SeldonMicroserviceException(Exception): ...\n")
    assert shown(tmp_path) == "0.real seldon_core.user_model seldon_core.user_model"
