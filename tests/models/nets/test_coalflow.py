import pytest
import torch
from helpers.models import random_windows
from helpers.nets import build

from coalflow.models.nets.coalflow import Coalflow, Standardisation


def build_coalflow():
    return build("coalflow", haplotypes=8).eval()


def make_summaries(**more):
    """Return summaries of random windows, as the net takes them."""
    return Coalflow.first_layer.summarise(*random_windows(**more))


def test_calibration_standardises_and_can_be_saved():
    net = build_coalflow()
    summaries = make_summaries(windows=700)
    net.calibrate(summaries)
    scales = (net.haplotype_scale, net.part_scale, net.whole_scale, net.spectrum_scale)
    for scale, values in zip(scales, summaries, strict=True):
        scaled = scale(values).flatten(end_dim=-2)
        deviation = scaled.std(dim=0, correction=0)
        assert scaled.mean(dim=0).abs().max() < 1e-3
        assert (((deviation - 1).abs() < 1e-3) | (deviation == 0)).all()
    other = build_coalflow()
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(*summaries), net(*summaries))


def test_what_is_constant_in_training_becomes_zero():
    scale = Standardisation(2)
    scale.fit(torch.tensor([[1.0, 5.0], [3.0, 5.0], [2.0, 5.0]]))
    assert scale(torch.tensor([[2.0, 5.0], [2.0, 900.0]])).tolist() == [[0, 0], [0, 0]]
    assert scale(torch.tensor([[3.0, 5.0]]))[0, 0].item() == pytest.approx(1.5**0.5)


def test_low_precision_is_for_weights_alone():
    windows = random_windows()
    exact = Coalflow.first_layer.summarise(*windows)
    with torch.autocast("cpu", torch.bfloat16):
        summaries = Coalflow.first_layer.summarise(*windows)
    assert all(torch.equal(*pair) for pair in zip(exact, summaries, strict=True))


def test_what_is_linear_in_the_spectrum_is_learned_exactly():
    """Tajima's D of windows with as many sites each is pi, up to two constants."""
    net = build_coalflow()
    windows = random_windows(windows=400)
    summaries = net.first_layer.summarise(*windows)
    net.calibrate(summaries)
    spectrum = net.spectrum_scale(summaries[3])
    copies = windows[0].sum(dim=2)
    pi = (2 * copies * (8 - copies) / 56).sum(dim=1)
    columns = torch.cat([spectrum, torch.ones(400, 1)], dim=1).double()
    # Columns are linearly dependent, as sums of sites are: this driver allows that.
    weights = torch.linalg.lstsq(columns[:200], pi[:200, None].double(), driver="gelsd").solution
    fitted = columns @ weights
    assert (fitted[200:, 0] - pi[200:]).abs().max() < 1e-3


def test_a_net_of_few_haplotypes_reads_many():
    net = build_coalflow()
    net.calibrate(make_summaries(windows=100))
    few, many = (make_summaries(windows=3, haplotypes=number, seed=1) for number in (8, 100))
    assert (net(*few) - net(*many)).abs().max() < 10 * net(*few).abs().max()
