"""The JavaScript that draws interactive pictures: once in a page that has any."""

# No line of Vega-Embed's is needed but to draw by an interpreter: then nothing is evaluated as
# code, and pages are drawn also where that is forbidden.
SNIPPET = "window.vegaEmbed = vegaEmbed;"


def read_library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, 0.9 MB; no request is needed."""
    # A second to import and to bundle, which only pages with a scan have to wait for.
    import vl_convert

    return str(vl_convert.javascript_bundle(SNIPPET))
