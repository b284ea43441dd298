import pytest

from coalflow.config.registry.nets import NETS
from coalflow.evaluation.cards import NetInput
from coalflow.models.nets import build_net
from coalflow.report.interpretation.layers import describe_layer


@pytest.mark.parametrize("name", NETS)
def test_every_layer_that_is_shown_has_a_sentence(name):
    net = build_net(name, NetInput(sites=64, haplotypes=10, channels=1), outputs=1)
    for title in (*net.shown.values(), "input", "first layer", "output"):
        assert len(describe_layer(title)) > 10
