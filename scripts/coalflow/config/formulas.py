"""Formulas of the config: arithmetic with the names of parameters, and nothing else.

A formula is parsed, not run: what is no number, name, operator or function of these
lists is refused. Needs nothing but Python, since the Snakefile uses it while it is read.
"""

import ast
import math
import operator
import re

from coalflow.core.errors import CoalflowError

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS = {"min": min, "max": max, "log": math.log, "exp": math.exp, "sqrt": math.sqrt}
LONGEST = 300
# Names with dots, such as demes.EUR.epochs.0.end_size; not the e of 1e-8.
NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+)*")

STAND_IN = re.compile(r"_[0-9]+")


class Formula:
    """A formula: ``names`` are the parameters it takes, in the order of their appearance."""

    def __init__(self, text):
        """Parse ``text``, or take a number. Raises CoalflowError for what is no formula."""
        text = str(text)
        if len(text) > LONGEST:
            raise CoalflowError(f"is longer than {LONGEST} characters")
        self.names = []
        try:
            # A name with dots is none of Python's: each becomes one that is.
            self._root = ast.parse(NAME.sub(self._stand_in, text.strip()), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise CoalflowError(f"is {text!r}, which is no formula") from None
        self._refuse_others(self._root, text)

    def __call__(self, values):
        """Return the value of the formula, a float, given numbers by name; nan without one."""
        try:
            value = self._value(self._root, values)
        except (ArithmeticError, ValueError):
            return math.nan
        # A root of a negative number is a complex one.
        return value if isinstance(value, float) else math.nan

    def _stand_in(self, match):
        name = match.group()
        if name in FUNCTIONS:
            return name
        if name not in self.names:
            self.names.append(name)
        return f"_{self.names.index(name)}"

    def _refuse_others(self, node, text):
        if isinstance(node, (ast.BinOp, ast.UnaryOp)):
            allowed = type(node.op) in OPERATORS
            parts = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
        elif isinstance(node, ast.Call):
            named = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
            wanted = len(node.args) > 1 if named and node.func.id in ("min", "max") else True
            allowed = named and node.args and wanted and not node.keywords
            parts = node.args
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

    def _value(self, node, values):
        if isinstance(node, ast.Constant):
            return float(node.value)
        if isinstance(node, ast.Name):
            return float(values[self.names[int(node.id[1:])]])
        if isinstance(node, ast.UnaryOp):
            return OPERATORS[type(node.op)](self._value(node.operand, values))
        if isinstance(node, ast.BinOp):
            sides = (self._value(side, values) for side in (node.left, node.right))
            return OPERATORS[type(node.op)](*sides)
        arguments = [self._value(argument, values) for argument in node.args]
        if node.func.id in ("log", "exp", "sqrt") and len(arguments) > 1:
            return math.nan
        return FUNCTIONS[node.func.id](*arguments)
