"""Every picture. Each is written as PNG, and as SVG beside it."""

import matplotlib

matplotlib.use("Agg")  # no screen needed
