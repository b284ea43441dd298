"""How large the text of a figure is where the page shows the figure."""

from matplotlib.text import Text

COLUMN = 960  # pixels of the page's column, at a window of 1400
PIXELS_PER_INCH = 96


def find_smallest_text(figure):
    """Return the smallest size in points at which a text is shown, and that text."""
    figure.draw_without_rendering()
    native = figure.get_figwidth() * figure.dpi  # pixels of the PNG, which is never enlarged
    scale = min(native, COLUMN) / figure.get_figwidth() / PIXELS_PER_INCH
    shown = [
        (scale * text.get_fontsize(), words)
        for text in figure.findobj(Text)
        if text.get_visible() and (words := text.get_text().strip())
    ]
    return min(shown)
