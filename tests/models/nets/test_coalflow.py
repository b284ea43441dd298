import pytest
import torch
from helpers.models import random_windows
from helpers.nets import build

from coalflow.models.nets.coalflow import Standardisation


def build_coalflow(channels=1):
    return build("coalflow", haplotypes=8, channels=channels).eval()


def make_inputs(coding="binary", **more):
    """Return haplotypes, positions and mask as the net takes them."""
    alleles, positions, mask = random_windows(**more)
    low = {"binary": 0, "signed": -1}[coding]
    return (alleles * (1 - low) + low) * mask[:, :, None], positions[:, :, None], mask


@pytest.mark.parametrize("padding", [0, 9])
def test_the_coding_of_alleles_makes_no_difference_after_calibration(padding):
    outputs = []
    for coding in ("binary", "signed"):
        net = build_coalflow()
        inputs = make_inputs(coding, windows=40, padding=padding)
        net.calibrate(*inputs)
        outputs.append(net(*inputs))
    torch.testing.assert_close(*outputs)


@pytest.mark.parametrize(("coding", "half"), [("binary", 0.5), ("signed", 0.0)])
def test_genotypes_half_way_are_neither_allele(coding, half):
    net = build_coalflow()
    haplotypes, positions, mask = make_inputs(coding, windows=40)
    net.calibrate(haplotypes, positions, mask)
    unlike = []
    for value in (1.0, half, 2 * half - 1):
        changed = haplotypes.clone()
        changed[:, 30, 2] = value
        unlike.append(net(changed, positions, mask))
    one, between, other = unlike
    assert not torch.allclose(one, between) and not torch.allclose(between, other)


def test_calibration_standardises_and_can_be_saved():
    net = build_coalflow()
    inputs = make_inputs("signed", windows=300)
    net.calibrate(*inputs)
    summaries = net._summarise(*inputs)
    scales = (net.haplotype_scale, net.part_scale, net.whole_scale, net.spectrum_scale)
    for scale, values in zip(scales, summaries, strict=True):
        scaled = scale(values).flatten(end_dim=-2)
        deviation = scaled.std(dim=0, correction=0)
        assert scaled.mean(dim=0).abs().max() < 1e-3
        assert (((deviation - 1).abs() < 1e-3) | (deviation == 0)).all()
    other = build_coalflow()
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(*inputs), net(*inputs))


def test_what_is_constant_in_training_becomes_zero():
    scale = Standardisation(2)
    scale.fit([torch.tensor([[1.0, 5.0], [3.0, 5.0]]), torch.tensor([[2.0, 5.0]])])
    assert scale(torch.tensor([[2.0, 5.0], [2.0, 900.0]])).tolist() == [[0, 0], [0, 0]]
    assert scale(torch.tensor([[3.0, 5.0]]))[0, 0].item() == pytest.approx(1.5**0.5)


def test_only_the_first_channel_of_positions_is_read():
    net = build_coalflow(channels=2)
    haplotypes, positions, mask = make_inputs()
    both = torch.cat([positions, torch.rand_like(positions)], dim=2)
    assert torch.equal(net(haplotypes, both, mask), net(haplotypes, positions, mask))


def test_low_precision_is_for_weights_alone():
    net = build_coalflow()
    inputs = make_inputs()
    exact = net._summarise(*inputs)
    with torch.autocast("cpu", torch.bfloat16):
        summaries = net._summarise(*inputs)
    assert all(torch.equal(*pair) for pair in zip(exact, summaries, strict=True))


def test_what_is_linear_in_the_spectrum_is_learned_exactly():
    """Tajima's D of windows with as many sites each is pi, up to two constants."""
    net = build_coalflow()
    haplotypes, positions, mask = make_inputs(windows=400)
    net.calibrate(haplotypes, positions, mask)
    spectrum = net.spectrum_scale(net._summarise(haplotypes, positions, mask).spectrum)
    copies = haplotypes.sum(dim=2)
    pi = (2 * copies * (8 - copies) / 56).sum(dim=1)
    columns = torch.cat([spectrum, torch.ones(400, 1)], dim=1).double()
    # Columns are linearly dependent, as sums of sites are: this driver allows that.
    weights = torch.linalg.lstsq(columns[:200], pi[:200, None].double(), driver="gelsd").solution
    fitted = columns @ weights
    assert (fitted[200:, 0] - pi[200:]).abs().max() < 1e-3


def test_a_net_of_few_haplotypes_reads_many():
    net = build_coalflow()
    net.calibrate(*make_inputs(windows=100))
    few, many = (make_inputs(windows=3, haplotypes=number, seed=1) for number in (8, 100))
    assert (net(*few) - net(*many)).abs().max() < 10 * net(*few).abs().max()
