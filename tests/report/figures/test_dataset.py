import numpy as np
import pytest
from helpers.figures import cell_names, draw_dataset, predict_numbers, split_table

from coalflow.report.figures import dataset, drawing

pytestmark = pytest.mark.filterwarnings("error")


def test_dataset_is_drawn_also_with_a_cell_that_has_no_usable_window():
    table = split_table(cell_names(3))
    table.loc[table["cell"] == cell_names(3)[1], ["split", "tajimas_d"]] = ["excluded", np.nan]
    dataset.draw_dataset(table, predict_numbers().targets).draw_without_rendering()


def test_every_cell_is_named():
    labels = [label.get_text() for label in draw_dataset(cells=3).axes[0].get_yticklabels()]
    assert labels == [drawing.label_cell(cell) for cell in cell_names(3)]
