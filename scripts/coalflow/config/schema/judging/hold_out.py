"""The key ``evaluation.hold_out``: regions that are kept out of training."""

from typing import TypeAlias

from coalflow.config.fields.names import Text
from coalflow.config.fields.section import Some
from coalflow.config.schema.distributions import Value

#: Regions by the names of parameters: the lowest and the highest value, one value, or names.
HoldOut: TypeAlias = dict[Text, Some[Value]]
