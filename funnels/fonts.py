"""The fonts that Stepwell serves itself: what a theme's tokens name them by, each with what takes the same room until it is there.

`static/css/fonts.css` declares them all, for pages whose theme has another font than its design.
"""

from collections.abc import Mapping

TEXT = {
    "Archivo": "Archivo, Archivo Fallback, Arial, sans-serif",
    "Hanken Grotesk": "Hanken Grotesk, Hanken Fallback, Arial, sans-serif",
    "Instrument Sans": "Instrument Sans, Instrument Sans Fallback, Arial, sans-serif",
}
# The first and the last of these have one weight, that of headlines.
DISPLAY = {
    "Big Shoulders Display": "Big Shoulders Display, Big Shoulders Fallback, Impact, sans-serif",
    **TEXT,
    "Cormorant Garamond": "Cormorant Garamond, Cormorant Fallback, Georgia, serif",
}
TOKENS = ("font-text", "font-display")


def are_chosen(tokens: Mapping[str, str]) -> bool:
    """Whether a theme names one of these fonts."""
    return any(tokens.get(name) in DISPLAY.values() for name in TOKENS)
