"""Addons that join the suite with another app are tested with that app."""

import pytest
from devkit.paths import ROOT, glue_addons


@pytest.mark.parametrize("addon", glue_addons(), ids=lambda addon: addon.name)
def test_with_the_other_app(command, addon):
    folder = (addon / "tests").relative_to(ROOT)
    status, output, errors = command("scripts/dev", "test", folder)
    assert not status, f"{output[-5000:]}\n{errors[-2000:]}"
    assert " passed" in output.splitlines()[-1]
