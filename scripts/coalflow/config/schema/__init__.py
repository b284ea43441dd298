"""The sections of the config as types: what may be written, its limits, defaults and meaning."""
