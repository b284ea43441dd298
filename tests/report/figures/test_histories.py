import demes
import pytest

from coalflow.report.figures import histories

pytestmark = pytest.mark.filterwarnings("error")


def make_history(size, factor=0.1):
    builder = demes.Builder()
    epochs = [{"start_size": size, "end_time": 500}, {"start_size": factor * size}]
    builder.add_deme("A", epochs=epochs)
    return [builder.resolve()]


def list_panels(figure):
    return [axis for axis in figure.axes if axis.get_visible()]


def test_histories_that_differ_by_a_factor_share_a_panel():
    graphs = {f"history dip, population_size {size}": make_history(size) for size in (1000, 3000)}
    graphs["history other, population_size 1000"] = make_history(1000, factor=0.5)
    first, second = list_panels(histories.draw_histories(graphs, 3))
    assert first.get_title() == "history dip"
    names = [text.get_text() for text in first.get_legend().get_texts()]
    assert names == ["population size 1,000", "population size 3,000"]
    ratio = first.lines[1].get_ydata() / first.lines[0].get_ydata()
    assert ratio == pytest.approx(3)
    assert second.get_title() == "history other, population size 1,000"
    assert second.get_legend() is None
    assert first.get_ylim() == second.get_ylim()


def test_histories_of_several_populations_are_drawn_once():
    def split(size):
        builder = demes.Builder()
        builder.add_deme("A", epochs=[{"start_size": size}])
        builder.add_deme("B", ancestors=["A"], start_time=9, epochs=[{"start_size": size / 2}])
        return [builder.resolve()]

    graphs = {f"population_size {size}": split(size) for size in (10, 20)}
    (panel,) = list_panels(histories.draw_histories(graphs, 2))
    assert panel.get_title().endswith("all sizes in proportion: population size 20")
