"""All pictures. Each is written as PNG and as SVG."""

import matplotlib

matplotlib.use("Agg")  # no screen needed
