"""`make lock` pins what the requirements require, on every system."""

import pathlib
import subprocess
import sys

import pytest
from helpers.set_up import Checkout, write_wheel


@pytest.fixture
def checkout(tmp_path):
    """Return a checkout whose torch is like PyPI's, which requires packages of CUDA on Linux."""
    checkout = Checkout(tmp_path)
    cuda = "nvidia_blas==13.0; sys_platform == 'linux'"
    write_wheel(checkout.wheels, "torch", "2.0", requires=["helper", cuda])
    write_wheel(checkout.wheels, "nvidia_blas", "13.0")
    write_wheel(checkout.wheels, "helper", "1.0", requires=["mac_only; sys_platform == 'darwin'"])
    write_wheel(checkout.wheels, "mac_only", "1.0")
    (checkout.folder / "requirements.txt").write_text("torch==2.0  # nets\n")
    return checkout


def lock(checkout):
    """Generate the lock; return its pins, without comments."""
    checkout.succeed(command=[sys.executable, "tools/lock.py"])
    lines = (checkout.folder / "requirements.lock").read_text().splitlines()
    pins = [line.partition("#")[0].strip() for line in lines]
    return [pin for pin in pins if pin]


def test_all_systems_are_served_and_no_build_of_pytorch_is_hindered(checkout):
    assert lock(checkout) == [
        "helper==1.0",
        "mac-only==1.0 ; sys_platform == 'darwin'",
        "torch==2.0",
    ]


def test_versions_change_only_where_they_must(checkout):
    lock(checkout)
    write_wheel(checkout.wheels, "helper", "1.1")
    assert "helper==1.0" in lock(checkout)
    (checkout.folder / "requirements.lock").unlink()
    assert "helper==1.1" in lock(checkout)


def test_requirements_that_contradict_each_other_leave_the_lock_as_it_was(checkout):
    before = lock(checkout)
    (checkout.folder / "requirements.txt").write_text("torch==2.0\nhelper==9.0\n")
    message = checkout.fail(command=[sys.executable, "tools/lock.py"])
    assert "helper" in message
    assert "requirements.lock is unchanged" in message
    (checkout.folder / "requirements.txt").write_text("torch==2.0\n")
    assert lock(checkout) == before


def test_without_uv_it_says_where_uv_comes_from(checkout):
    python = pathlib.Path(getattr(sys, "_base_executable", sys.executable))
    if python.with_name("uv").exists():
        pytest.skip("the Python beneath has uv, too")
    assert "make env" in checkout.fail(command=[str(python), "tools/lock.py"])


def test_make_env_installs_what_make_lock_wrote(checkout):
    lock(checkout)
    checkout.succeed()
    done = subprocess.run(
        [checkout.venv / "bin" / "python", "-c", "import torch, helper"], check=False
    )
    assert done.returncode == 0
