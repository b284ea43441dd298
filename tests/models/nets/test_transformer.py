"""The transformer's attention is PyTorch's."""

import torch
from helpers.nets import random_numbers
from torch import nn

from coalflow.models.nets.transformer import Attention


@torch.no_grad()
def test_attention_is_that_of_pytorch():
    torch.manual_seed(0)
    ours, theirs = Attention(), nn.MultiheadAttention(32, 4, batch_first=True)
    theirs.in_proj_weight.copy_(ours.get_submodule("asked").weight)
    theirs.in_proj_bias.copy_(ours.get_submodule("asked").bias)
    theirs.out_proj.load_state_dict(ours.answered.state_dict())
    tokens = random_numbers(6, 7, 32)
    padding = torch.arange(7).expand(6, 7) >= 5
    normed = ours.normalisation(tokens)
    expected, _ = theirs(normed, normed, normed, key_padding_mask=padding)
    ignored = padding[:, None, None].to(tokens.dtype) * -1e9
    torch.testing.assert_close(ours(tokens, ignored), tokens + expected, rtol=1e-5, atol=1e-5)
