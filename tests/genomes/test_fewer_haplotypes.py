"""A net that reads any number of haplotypes predicts from fewer than it was trained on."""

import numpy as np
import pandas as pd
from helpers.data import make_samples
from helpers.genomes import make_options, open_text, record, vcf
from helpers.models import SITES, make_view, save_untrained_net, windows_of

from coalflow.genomes.scans.scan import scan_batches
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.windows.window_batches import WindowBatches
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models


def test_predictions_from_fewer_haplotypes(train, tmp_path):
    save_untrained_net(tmp_path / "models" / "net" / "0", train, name="spidna")
    models = add_ensembles(load_models(tmp_path / "models", ["net/0"]))
    ((name, model),) = models.items()
    generator = np.random.default_rng(4)
    alleles = np.array([generator.permutation([0, 1, 0, site % 2]) for site in range(SITES)])
    records = [
        record(10 * site + 10, f"{a}|{b}", f"{c}|{d}") for site, (a, b, c, d) in enumerate(alleles)
    ]
    view, options = make_view(), make_options(ancestral="REF", fewest=4, step=SITES)
    genome = open_text(tmp_path, vcf(*records), make_samples(3, 2), view.observation, options)
    batches = WindowBatches.plan(genome.contigs, view.encoding, options)
    assert batches.contigs[0].samples == make_samples(2, 2)
    table = pd.concat(scan_batches(batches, Scanner(models)))
    one = windows_of(alleles[None])
    expected = model.predict(one).values[0, 0]
    np.testing.assert_allclose(table[f"{name}:diversity"], [expected], rtol=1e-5)
