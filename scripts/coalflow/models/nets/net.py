"""What all nets have in common."""

from torch import nn


class Net(nn.Module):
    """A net of named layers.

    It takes ``haplotypes`` float32 (windows, sites, haplotypes), ``positions`` float32
    (windows, sites, channels): one channel or two that tell where sites lie
    (:data:`coalflow.models.batches.CHANNELS`), and ``mask`` bool (windows, sites), False where
    there is padding. It returns float32 (windows, outputs). What a net is, it says as
    attributes of its class.
    """

    #: Which of the three it uses.
    inputs = ("haplotypes", "positions", "mask")
    #: With fewer sites its layers have nothing left.
    fewest_sites = 1
    #: The layers whose answers the report shows, and what they are called there.
    shown = {}
    #: The rates at which its authors dropped activations, by layer.
    dropout = {}
    #: The factor of the squared weights that its authors added to the loss, and the layers
    #: whose weights those are.
    l2, penalised = 0.0, ()
    #: Whether the order of haplotypes does not matter to it, and whether their number may differ
    #: from one batch to the next.
    any_order, any_haplotypes = False, False
    #: How its authors trained it: what the config's ``training`` leaves open.
    recipe = {}

    def calibrate(self, haplotypes, positions, mask):
        """Fix what the net takes from training windows before it learns; most take nothing."""
