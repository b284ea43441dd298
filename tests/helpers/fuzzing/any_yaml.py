"""What can happen to YAML: to its keys, its values, and to how it is written."""

import copy
import datetime
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import yaml
from helpers.fuzzing.formats import Mutation

Path: TypeAlias = tuple[Any, ...]


def _nest(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


ODD_VALUES: list[Any] = [
    *(None, "", " ", "x", "\n", "a\n", "é", "日本", "$x$", "{x}", "../../x", "/dev/zero", "/", "."),
    *("a" * 300, "nan", "1e-8", "1e400", "-", "null", "*", "%s", "=1+1", "0x10", "1_000", "\u202e"),
    *(True, False, 0, -1, 1, 2, 3, 7.5, 0.0, -0.0, 1e-300, 1e300, 10**18, 2**63, 2**64, 10**400),
    *(float("nan"), float("inf"), -float("inf"), 1e-8, 0.5, 1.0, 1e9),
    *([], [[]], [1], [1, 1], [2, 1], ["a", "a"], [None], ["x", 1], [1e-8, 1e-7], [[1, 2], [3, 4]]),
    *({}, {"x": 1}, {"x": None}, {1: 2}, {None: 1}, {True: 1}, {"": 1}, {"a": {"b": {}}}),
    {"uniform": [1, 2]},
    {"uniform": [2, 1]},
    {"log_uniform": [0, 1]},
    {"normal": [1, -1]},
    {"categorical": {"values": ["a", "b"]}},
    {"categorical": {"values": [5]}},
    {"formula": "1/0"},
    {"formula": "x" * 5000},
    {"uniform": [float("nan"), float("inf")]},
    datetime.date(2020, 1, 1),
    b"\xff\xfe",
    {1, 2},
    _nest(60),
    _nest(900),
    list(range(3000)),
    "x" * 200_000,
]


def list_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of all values within a value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, one in inner:
        yield (*path, key)
        yield from list_paths(one, (*path, key))


def find_holder(value: Any, path: Path) -> Any:
    """Return what holds the value at a path."""
    for key in path[:-1]:
        value = value[key]
    return value


def set_value(value: Any, path: Path, new: Any) -> None:
    """Set the value at a path; sections that are missing, or are not sections, are made."""
    for key, following in zip(path, path[1:], strict=False):
        missing = isinstance(value, dict) and not isinstance(value.get(key), (dict, list))
        if missing:
            value[key] = [{}] if isinstance(following, int) else {}
        value = value[key]
        if isinstance(value, list) and not isinstance(following, int):
            return  # another form of the section
    if isinstance(value, dict) or (isinstance(value, list) and path[-1] in range(len(value))):
        value[path[-1]] = new


def dump(value: Any) -> bytes:
    """Return a value as YAML, as deep as it may be."""
    try:
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).encode()
    except (RecursionError, ValueError):
        return json.dumps(value, default=str).encode("utf-8", "surrogatepass")


def change_tree(change: Callable[[Any, random.Random], Any]) -> Mutation:
    """Make a mutation of a change of what YAML holds."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        tree = copy.deepcopy(yaml.safe_load(content))
        changed = change(tree, chance)
        return dump(tree if changed is None else changed)

    return mutate


def _choose(tree: Any, chance: random.Random) -> Path:
    return chance.choice(list(list_paths(tree)))


def _set_odd_value(tree: Any, chance: random.Random) -> None:
    path = _choose(tree, chance)
    find_holder(tree, path)[path[-1]] = chance.choice(ODD_VALUES)


def _delete(tree: Any, chance: random.Random) -> None:
    path = _choose(tree, chance)
    del find_holder(tree, path)[path[-1]]


def _misspell(tree: Any, chance: random.Random) -> None:
    path = _choose(tree, chance)
    holder = find_holder(tree, path)
    if isinstance(holder, dict):
        key = str(path[-1])
        cut = chance.randrange(len(key) + 1)
        odd = chance.choice(
            [key[:cut] + "x" + key[cut:], key.upper(), key + " ", 1, True, None, ""]
        )
        holder[odd] = holder.pop(path[-1])


def _move(tree: Any, chance: random.Random) -> None:
    path = _choose(tree, chance)
    value = find_holder(tree, path).pop(path[-1])
    sections = [p for p in list_paths(tree) if isinstance(find_holder(tree, p)[p[-1]], dict)]
    target = find_holder(tree, (*chance.choice(sections), "")) if sections else tree
    target[path[-1]] = value


def _swap(tree: Any, chance: random.Random) -> None:
    one, other = _choose(tree, chance), _choose(tree, chance)
    if one[: len(other)] != other and other[: len(one)] != one:
        first, second = find_holder(tree, one), find_holder(tree, other)
        first[one[-1]], second[other[-1]] = second[other[-1]], first[one[-1]]


def _wrap(tree: Any, chance: random.Random) -> None:
    path = _choose(tree, chance)
    holder = find_holder(tree, path)
    holder[path[-1]] = chance.choice([[holder[path[-1]]], {"x": holder[path[-1]]}])


def _scale_number(tree: Any, chance: random.Random) -> None:
    numbers = [
        path for path in list_paths(tree) if type(find_holder(tree, path)[path[-1]]) in (int, float)
    ]
    if numbers:
        path = chance.choice(numbers)
        holder = find_holder(tree, path)
        factor = chance.choice([-1, 0, 0.5, 10, 1000, 1e-3, 1e9, 1e-9, 1e200])
        holder[path[-1]] = holder[path[-1]] * factor


def _lengthen_list(tree: Any, chance: random.Random) -> None:
    lists = [p for p in list_paths(tree) if isinstance(find_holder(tree, p)[p[-1]], list)]
    if lists:
        path = chance.choice(lists)
        holder = find_holder(tree, path)
        holder[path[-1]] = holder[path[-1]] * chance.choice([2, 50])


def _become_odd(_tree: Any, chance: random.Random) -> Any:
    return chance.choice([value for value in ODD_VALUES if value is not None])


TREE: dict[str, Mutation] = {
    function.__name__.strip("_").replace("_", " "): change_tree(function)
    for function in (
        _set_odd_value,
        _delete,
        _misspell,
        _move,
        _swap,
        _wrap,
        _scale_number,
        _lengthen_list,
        _become_odd,
    )
}


# How it is written ---------------------------------------------------------------------------


def _repeat_key(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    keyed = [index for index, line in enumerate(lines) if b":" in line]
    index = chance.choice(keyed)
    return b"\n".join([*lines[: index + 1], lines[index], *lines[index + 1 :]])


def _add_tag(content: bytes, chance: random.Random) -> bytes:
    tags = (b"!!python/object:os.system", b"!!binary", b"!!set", b"!x", b"!!timestamp", b"!!int")
    places = [index for index, byte in enumerate(content) if content[index : index + 2] == b": "]
    if not places:
        return content
    index = chance.choice(places) + 2
    return content[:index] + chance.choice(tags) + b" " + content[index:]


def _refer_to_itself(content: bytes, _chance: random.Random) -> bytes:
    return b"x: &a [*a, *a]\n" + content


def _explode(content: bytes, _chance: random.Random) -> bytes:
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]".encode() for i in range(1, 12)]
    return b"\n".join(lines) + b"\n" + content


def _merge_itself(content: bytes, _chance: random.Random) -> bytes:
    return b"x: &a\n  <<: *a\n  b: 1\n" + content


def _nest_deeply(content: bytes, chance: random.Random) -> bytes:
    depth = chance.choice([100, 1000, 3000, 100_000])
    return b"x: " + b"[" * depth + b"]" * depth + b"\n" + content


def _add_document(content: bytes, _chance: random.Random) -> bytes:
    return content + b"\n---\n" + content


WRITTEN: dict[str, Mutation] = {
    function.__name__.strip("_").replace("_", " "): function
    for function in (
        _repeat_key,
        _add_tag,
        _refer_to_itself,
        _explode,
        _merge_itself,
        _nest_deeply,
        _add_document,
    )
}


def _turn_around(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turn_around(value[key]) for key in reversed(value)}
    return [_turn_around(one) for one in value] if isinstance(value, list) else value


def _add_remarks(content: bytes, _chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    return b"# remark\n\n" + b"\n".join(
        b"\n# x\n" + line if line[:1].isalpha() else line for line in lines
    )


def _begin_document(content: bytes, _chance: random.Random) -> bytes:
    return b"%YAML 1.1\n---\n" + content


def _write_in_one_line(content: bytes, _chance: random.Random) -> bytes:
    return yaml.safe_dump(
        yaml.safe_load(content), sort_keys=False, default_flow_style=True, width=10**9
    ).encode()


#: They change nothing of what is meant.
HARMLESS: dict[str, Mutation] = {
    "keys turned around": change_tree(lambda tree, _chance: _turn_around(tree)),
    "remarks": _add_remarks,
    "document": _begin_document,
    "in one line": _write_in_one_line,
    "end lines as windows": lambda content, _chance: content.replace(b"\n", b"\r\n"),
    "begin with mark": lambda content, _chance: b"\xef\xbb\xbf" + content,
}
