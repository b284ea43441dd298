"""Formulas of the config: arithmetic with the names of parameters, and nothing else.

A formula is parsed, never executed: anything but a number, a name, or an operator or function of
these lists is refused.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from coalflow.core.errors import CoalflowError

OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "log": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
}
SINGLE_ARGUMENT = ("log", "exp", "sqrt")
LONGEST = 300
# Names with dots, such as demes.EUR.epochs.0.end_size; not the e of 1e-8.
NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+)*")
# What replaces them while they are parsed.
STAND_IN = re.compile(r"_[0-9]+")


class Formula:
    """A formula of parameters.

    Parameters
    ----------
    text : str or number
        The formula. A number is a formula without parameters.

    Attributes
    ----------
    names : list of str
        The parameters that it takes, in the order of their first appearance.

    Raises
    ------
    CoalflowError
        If the text is not a formula. The message follows the key.

    Examples
    --------
    >>> formula = Formula("theta / (4 * population_size)")
    >>> formula.names
    ['theta', 'population_size']
    >>> formula({"theta": 8, "population_size": 100})
    0.02
    """

    def __init__(self, text: str | float):
        text = str(text)
        if len(text) > LONGEST:
            raise CoalflowError(f"is longer than {LONGEST} characters")
        self.names: list[str] = []
        try:
            # Python has no names with dots: each gets a stand-in.
            self._root = ast.parse(NAME.sub(self._stand_in, text.strip()), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise CoalflowError(f"is {text!r}, which is not a formula") from None
        self._refuse_others(self._root, text)

    def __call__(self, values: Mapping[str, float]) -> float:
        """Return the value of the formula, or nan where it has none, as the logarithm of 0.

        Parameters
        ----------
        values : mapping of str to number
            The value of each of its parameters.
        """
        try:
            value = self._compute(self._root, values)
        except (ArithmeticError, ValueError):
            return math.nan
        # The root of a negative number is complex.
        return value if isinstance(value, float) else math.nan

    def _stand_in(self, match: re.Match[str]) -> str:
        name = match.group()
        if name in FUNCTIONS:
            return name
        if name not in self.names:
            self.names.append(name)
        return f"_{self.names.index(name)}"

    def _refuse_others(self, node: ast.expr, text: str) -> None:
        """Refuse what formulas cannot have, at any depth."""
        parts: list[ast.expr]
        if isinstance(node, (ast.BinOp, ast.UnaryOp)):
            allowed = type(node.op) in OPERATORS
            parts = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
        elif isinstance(node, ast.Call):
            allowed, parts = _is_allowed_call(node, text), node.args
        elif isinstance(node, ast.Name):
            allowed, parts = bool(STAND_IN.fullmatch(node.id)), []
        else:
            allowed = isinstance(node, ast.Constant) and type(node.value) in (int, float)
            parts = []
        if not allowed:
            raise CoalflowError(
                f"is {text!r}: a formula has numbers, names of parameters, + - * / ** ( ), "
                f"and {', '.join(FUNCTIONS)}"
            )
        for part in parts:
            self._refuse_others(part, text)

    def _compute(self, node: ast.expr, values: Mapping[str, float]) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=stand_in):
                return float(values[self.names[int(stand_in[1:])]])
            case ast.UnaryOp(op=op, operand=operand):
                return OPERATORS[type(op)](self._compute(operand, values))
            case ast.BinOp(left=left, op=op, right=right):
                return OPERATORS[type(op)](
                    self._compute(left, values), self._compute(right, values)
                )
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return FUNCTIONS[name](*(self._compute(each, values) for each in arguments))
        raise AssertionError(f"{node} was not refused")


def _is_allowed_call(call: ast.Call, text: str) -> bool:
    """Tell whether a call is of one of the functions; refuse a wrong number of arguments."""
    if not isinstance(call.func, ast.Name) or call.func.id not in FUNCTIONS or call.keywords:
        return False
    name, given = call.func.id, len(call.args)
    if name in SINGLE_ARGUMENT and given != 1:
        raise CoalflowError(f"is {text!r}, but {name} takes one number, not {given}")
    if name not in SINGLE_ARGUMENT and given < 2:
        raise CoalflowError(f"is {text!r}, but {name} takes two numbers or more, not {given}")
    return True
