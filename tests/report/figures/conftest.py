import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def few_bootstraps(capped_bootstraps):
    yield
    plt.close("all")
