"""Start Snakemake: an interruption gets one sentence, even while Snakemake is being loaded."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))

from coalflow_terminal.interruptions import end_without_traceback

end_without_traceback()

from snakemake.cli import main

main()
