"""The text under each field of a class, read from the class's source when it is asked for.

Parsing the source takes longer than creating the class, so it does not happen when a process starts.
"""

import ast
import inspect
import textwrap


def of(declared: type) -> dict[str, str]:
    """Return the texts of a class's fields by name, those that it inherits included, each as one line."""
    found: dict[str, str] = {}
    for one in reversed(declared.__mro__):
        if "__annotations__" in vars(one) and one.__module__.partition(".")[0] in _OURS:
            found |= _own(one)
    return found


_OURS = ("rules", "settings")


def _own(declared: type) -> dict[str, str]:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(declared))).body
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - the source of a class
    following = zip(tree.body, tree.body[1:], strict=False)
    return {
        field.target.id: " ".join(inspect.cleandoc(text.value.value).split())
        for field, text in following
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
