"""The nets that Lex Flagel and co-authors published."""

from collections import OrderedDict

from torch import nn

from coalflow.nets.layers import SiteConvolution, SitePooling


def tajimas_d(sites, haplotypes, dropout):
    """Return the Tajima's D net of Flagel's FAQ on deep nets for population genetics.

    Two convolutions of 128 filters over pairs of neighbouring sites, average
    pooling, a dense layer of 128, one output; ReLU between. It takes (windows,
    sites, haplotypes), in the FAQ 40 sites of 20 haplotypes, and has then 349,697
    weights. It reads haplotypes as channels, so their order matters to it.
    """
    pooled_sites = (sites - 2) // 2
    return nn.Sequential(
        OrderedDict(
            convolution_1=SiteConvolution(haplotypes, 128, kernel=2),
            relu_1=nn.ReLU(),
            convolution_2=SiteConvolution(128, 128, kernel=2),
            relu_2=nn.ReLU(),
            pooling=SitePooling(2),
            dropout_1=nn.Dropout(dropout),
            flatten=nn.Flatten(),
            dense=nn.Linear(pooled_sites * 128, 128),
            relu_3=nn.ReLU(),
            dropout_2=nn.Dropout(dropout),
            output=nn.Linear(128, 1),
        )
    )
