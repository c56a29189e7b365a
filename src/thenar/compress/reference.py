"""`module:factory`: the user's own code, named on the command line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from thenar.compress.task import Task, checked
from thenar.compress.trace import first_line
from thenar.errors import ThenarError


@dataclass(frozen=True)
class Reference:
    """A function of an importable module and the arguments to call it with."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self) -> Any:
        """The function itself; modules are looked for in the working directory too.

        Raises:
            ThenarError: the name is no `module:factory`, the module can't be imported, or has no such function.
        """
        module_name, colon, attribute = self.name.partition(":")
        if not (colon and attribute.isidentifier() and all(part.isidentifier() for part in module_name.split("."))):
            raise ThenarError(f"{self.name!r} is no module:factory", fix="name a function, as my_package.nets:small")
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.insert(0, here)
        try:
            module = importlib.import_module(module_name)
        except Exception as error:  # whatever a stranger's module raises while it is imported
            raise ThenarError(
                f"cannot import {module_name}: {first_line(error)}", where=self.name, fix="run where it can be imported"
            ) from error
        factory = getattr(module, attribute, None)
        if not callable(factory):
            raise ThenarError(f"{module_name} has no function {attribute}", where=self.name, fix="check the name")
        return factory

    def call(self) -> Any:
        """What the function returns.

        Raises:
            ThenarError: as `resolve`, or the function raises.
        """
        factory = self.resolve()
        try:
            return factory(**self.arguments)
        except ThenarError:
            raise
        except Exception as error:  # a stranger's function
            raise ThenarError(
                f"{type(error).__name__}: {first_line(error)}", where=self.name, fix="see to it"
            ) from error

    def module(self) -> nn.Module:
        """The network that the function builds.

        Raises:
            ThenarError: as `call`, or it returns something else.
        """
        network = self.call()
        if not isinstance(network, nn.Module):
            raise ThenarError(f"returns {type(network).__name__}", where=self.name, fix="return a torch.nn.Module")
        return network

    def task(self) -> Task:
        """The data and its judge that the function builds.

        Raises:
            ThenarError: as `call`, or something is wrong with what it returns.
        """
        return checked(self.call(), self.name)
