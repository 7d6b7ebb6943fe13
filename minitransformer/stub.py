"""Stubs and whose part is in use.

A stub is a contract: a signature and a docstring. ``@stub`` turns it into a ``Part``, which runs
the learner's version when there is one and the reference's otherwise, in this order:

1. yours, now: what ``fill`` installed in this session;
2. yours, saved: what a passed check wrote to ``my_transformer/``;
3. reference: the object of the same name in ``solutions``; where it uses other parts of its file,
   it uses yours of them too.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from minitransformer.errors import FillError, MissingPart
from minitransformer.lessons import LESSON_OF, Lesson

Contract = TypeVar("Contract")

YOURS_NOW, YOURS_SAVED, REFERENCE, NOBODY = "yours, now", "yours, saved", "reference", "nobody"

PARTS: dict[str, Part] = {}

_only: ContextVar[Mapping[str, Any] | None] = ContextVar("only", default=None)
_instead: ContextVar[Mapping[str, Choice] | None] = ContextVar("instead", default=None)


@dataclass(frozen=True)
class Choice:
    """Which implementation of a part runs, and whose it is."""

    implementation: Any
    whose: str


class Part:
    """A named part of the model: calls go to whoever's implementation is in use.

    A part stands in for the function or class itself: it can be called, subclassed, and used in
    ``isinstance``.
    """

    def __init__(self, contract: Any, module: str) -> None:
        self.contract = contract
        self.module = module
        self.filled: Any = None
        self._saved: Choice | None = None
        self._saved_looked_up = False
        self._linked: tuple[Any, Any] | None = None  # the reference, and it among the parts
        self._implementations: list[type] = []
        self.__name__ = contract.__name__
        self.__qualname__ = contract.__qualname__
        self.__module__ = contract.__module__
        self.__doc__ = contract.__doc__
        self.__wrapped__ = contract
        self.__signature__ = inspect.signature(contract)

    @property
    def is_class(self) -> bool:
        """True for a module to build, False for a function to call."""
        return isinstance(self.contract, type)

    @property
    def lesson(self) -> Lesson:
        """The lesson in which the part is written."""
        return LESSON_OF[self.__name__]

    def fill(self, implementation: Any) -> None:
        """Use ``implementation`` from now on in this session (``None``: forget it)."""
        self.filled = implementation
        self._remember(implementation)

    def forget_saved(self) -> None:
        """Look in ``my_transformer/`` again at the next use."""
        self._saved, self._saved_looked_up = None, False

    def choose(self) -> Choice:
        """Return the implementation in use; raise ``MissingPart`` where there is none."""
        only = _only.get()
        if only is not None:
            return self._choice_among(only)
        return self._own_choice() or Choice(self._reference_among_parts(), REFERENCE)

    def _own_choice(self) -> Choice | None:
        """Return what stands in for the reference, if anything does."""
        instead = _instead.get()
        if instead is not None and self.__name__ in instead:
            return instead[self.__name__]
        if self.filled is not None:
            return Choice(self.filled, YOURS_NOW)
        return self._saved_choice()

    def _reference_among_parts(self) -> Any:
        """Return the reference; it calls other parts of its file, where one is not the reference's.

        Parts of other files it finds by itself.
        """
        reference = self._reference()
        others = {
            name: part
            for name, part in PARTS.items()
            if part.module == self.module and part is not self
        }
        if not any(part._own_choice() for part in others.values()):
            return reference
        if self._linked is None or self._linked[0] is not reference:
            from minitransformer.linking import linked

            self._linked = reference, linked(reference, others)
        return self._linked[1]

    def _choice_among(self, only: Mapping[str, Any]) -> Choice:
        if self.__name__ not in only:
            return Choice(self._reference(), REFERENCE)
        implementation = only[self.__name__]
        if implementation is None:
            raise self._missing()
        self._remember(implementation)
        return Choice(implementation, YOURS_NOW)

    def whose(self) -> str:
        """Say whose implementation is in use, without running it."""
        try:
            return self.choose().whose
        except MissingPart:
            return NOBODY

    def _saved_choice(self) -> Choice | None:
        if not self._saved_looked_up:
            from minitransformer import workspace

            implementation = workspace.load(self.__name__)
            if implementation is not None:
                self._remember(implementation)
                self._saved = Choice(implementation, YOURS_SAVED)
            self._saved_looked_up = True  # not after an error: it is told again, not forgotten
        return self._saved

    def _reference(self) -> Any:
        try:
            module = importlib.import_module(f"solutions.{self.module}")
            implementation = getattr(module, self.__name__)
        except (ImportError, AttributeError):
            raise self._missing() from None
        self._remember(implementation)
        return implementation

    def _missing(self) -> MissingPart:
        return MissingPart(
            f"{self.__name__} is nobody's yet: it is written in lesson "
            f"{self.lesson.notebook}, and no reference for it is installed here. "
            f"Fill it in there first."
        )

    def _remember(self, implementation: Any) -> None:
        if isinstance(implementation, type) and implementation not in self._implementations:
            self._implementations.append(implementation)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.choose().implementation(*args, **kwargs)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self.choose().implementation,)

    def __instancecheck__(self, instance: Any) -> bool:
        if self.is_class:
            self.choose()
        return isinstance(instance, tuple(self._implementations))

    def __repr__(self) -> str:
        return f"<part {self.__name__} of lesson {self.lesson.notebook}: {self.whose()}>"


def stub(contract: Contract) -> Contract:
    """Register ``contract`` (a function or class without a body) as a part of its lesson.

    Type checkers see the contract itself.
    """
    named = cast(Any, contract)
    part = Part(named, module=named.__module__.rpartition(".")[2])
    PARTS[part.__name__] = part
    return cast(Contract, part)


def fill(implementation: Contract) -> Contract:
    """Use ``implementation`` for the part of the same name; used as a decorator.

    Returns ``implementation``. An untouched stub (its body still raises ``NotImplementedError``)
    is not installed: the part itself is returned, so that later cells go on with the reference.
    Raises ``FillError`` when no part has that name or the signature differs from the contract's.
    """
    part = _part_for(implementation)
    _require_same_signature(part, implementation)
    if is_untouched(implementation):
        part.fill(None)
        return cast(Contract, part)
    part.fill(implementation)
    return implementation


@contextlib.contextmanager
def only(parts: Mapping[str, Any]) -> Iterator[None]:
    """Within this block ``parts`` are the implementations in use, by name.

    Every other part is the reference's; a part given as ``None`` is nobody's.
    """
    token = _only.set(parts)
    try:
        yield
    finally:
        _only.reset(token)


def reference_only() -> contextlib.AbstractContextManager[None]:
    """Within this block every part is the reference's."""
    return only({})


@contextlib.contextmanager
def using(implementations: Mapping[str, Any]) -> Iterator[None]:
    """Within this block, in this thread, these are in use for the parts of their names.

    Parts that call one another find them too. What is filled in meanwhile does not count.
    """
    choices = dict(_instead.get() or {})
    for name, given in implementations.items():
        implementation = given.choose().implementation if isinstance(given, Part) else given
        PARTS[name]._remember(implementation)
        choices[name] = Choice(implementation, YOURS_NOW)
    token = _instead.set(choices)
    try:
        yield
    finally:
        _instead.reset(token)


def is_untouched(implementation: Any) -> bool:
    """True when a function, or any method of a class, is still the released stub.

    The source decides; an object without source counts as touched.
    """
    if isinstance(implementation, type):  # a notebook knows the source of methods, not of classes
        methods = [value for value in vars(implementation).values() if inspect.isfunction(value)]
        return any(is_untouched(method) for method in methods)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(implementation)))
    except (OSError, TypeError, SyntaxError):
        return False
    return any(isinstance(node, ast.FunctionDef) and _ends_unwritten(node) for node in tree.body)


def source_is_untouched(source: str, name: str) -> bool:
    """True when ``source`` defines ``name`` with a body that only raises NotImplementedError.

    Raises ``SyntaxError`` where ``source`` does not parse.
    """
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return _ends_unwritten(node)
        if isinstance(node, ast.ClassDef) and node.name == name:
            methods = [child for child in node.body if isinstance(child, ast.FunctionDef)]
            return any(_ends_unwritten(method) for method in methods)
    return False


def _ends_unwritten(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """True for a body of nothing but a docstring, ``super().__init__()`` and the raise."""
    *given, last = function.body
    if not (isinstance(last, ast.Raise) and last.exc is not None):
        return False
    raised = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
    if not (isinstance(raised, ast.Name) and raised.id == "NotImplementedError"):
        return False
    return all(
        isinstance(statement, ast.Expr)
        and (
            isinstance(statement.value, ast.Constant)
            or ast.unparse(statement) == "super().__init__()"
        )
        for statement in given
    )


def _part_for(implementation: Any) -> Part:
    name = getattr(implementation, "__name__", None)
    if name is None:
        raise FillError(
            f"fill takes a function or class, but got {type(implementation).__name__}. "
            f"Put @fill on the line above your def or class."
        )
    if name not in PARTS:
        from minitransformer.own_lessons import find_own_lessons

        find_own_lessons()
    if name not in PARTS:
        from difflib import get_close_matches

        close = get_close_matches(name, PARTS, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise FillError(
            f"no part of the course is called {name}.{hint} "
            f"`minitransformer status` lists the parts."
        )
    return PARTS[name]


def _require_same_signature(part: Part, implementation: Any) -> None:
    if part.is_class != isinstance(implementation, type):
        kind = "class" if part.is_class else "function"
        raise FillError(
            f"{part.__name__} has to be a {kind}. Start again from the stub in lesson "
            f"{part.lesson.notebook}."
        )
    for name, contract in _callables(part.contract).items():
        where = part.__name__ if name is None else f"{part.__name__}.{name}"
        given = implementation if name is None else getattr(implementation, name, None)
        if given is None:
            raise FillError(f"{where} is missing. Add it as the stub has it: {where}{contract}.")
        problem = _difference(contract, inspect.signature(given))
        if problem:
            raise FillError(
                f"{where}: {problem}. The contract is {where}{plain_signature(contract)}."
            )


def _callables(contract: Any) -> dict[str | None, inspect.Signature]:
    if not isinstance(contract, type):
        return {None: inspect.signature(contract)}
    methods = {
        name: value
        for name, value in vars(contract).items()
        if inspect.isfunction(value) and (name == "__init__" or not name.startswith("_"))
    }
    return {name: inspect.signature(method) for name, method in methods.items()}


def _difference(contract: inspect.Signature, given: inspect.Signature) -> str | None:
    """Say in words how ``given`` cannot be called as ``contract`` promises."""
    wanted, have = list(contract.parameters.values()), list(given.parameters.values())
    takes_anything = any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in have)
    for position, parameter in enumerate(wanted):
        if position >= len(have):
            return f"the parameter {parameter.name} is missing"
        if takes_anything:
            return None
        mine = have[position]
        if mine.name != parameter.name:
            return (
                f"parameter {position + 1} is called {mine.name}, but the contract calls it "
                f"{parameter.name}"
            )
        if parameter.default is not parameter.empty and mine.default != parameter.default:
            found = "no default" if mine.default is mine.empty else f"default {mine.default!r}"
            return f"{mine.name} has {found}, but the contract has {parameter.default!r}"
    for extra in have[len(wanted) :]:
        if extra.default is extra.empty and extra.kind not in (
            extra.VAR_POSITIONAL,
            extra.VAR_KEYWORD,
        ):
            return f"the extra parameter {extra.name} needs a default"
    return None


def plain_signature(signature: inspect.Signature) -> str:
    """Return the signature without its annotations: short enough for one line."""
    parameters = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    bare = signature.replace(parameters=parameters, return_annotation=signature.empty)
    return str(bare)


def each_part(choose: Callable[[Part], bool] = lambda part: True) -> list[Part]:
    """Return the parts for which ``choose`` is true, in the order of the lessons."""
    return [PARTS[name] for name in LESSON_OF if name in PARTS and choose(PARTS[name])]
