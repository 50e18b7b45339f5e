"""Names that a module has without importing where they come from."""

import pytest

from seldon_workbench.compat.lazy import names_of


def test_a_name_is_looked_up_where_it_is_at_home() -> None:
    import math
    import shutil

    find = names_of("some.module", {"floor": "math", "delete": "rmtree@shutil"})
    assert find("floor") is math.floor
    assert find("delete") is shutil.rmtree


def test_a_name_without_a_home_is_an_attribute_error_of_the_module() -> None:
    with pytest.raises(AttributeError, match=r"module 'some.module' has no attribute 'nonsense'"):
        names_of("some.module", {"floor": "math"})("nonsense")
