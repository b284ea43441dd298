"""The whole check, from settings to tables, picture and what is said."""

import json
import pathlib
import sys
from unittest import mock

import numpy as np
import pandas as pd
import pytest
import yaml
from test_imports import write_ms

import check
from coalflow import demography, genomes, histories, scenarios, seeds
from coalflow.config import prepare, read_schema
from coalflow.errors import CoalflowError
from coalflow.simulation import neutral

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = read_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
TINY = yaml.safe_load((ROOT / "tests" / "cases" / "tiny.yaml").read_text())
