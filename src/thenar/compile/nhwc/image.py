"""An image as the kernels hold it: rows, columns and channels, with a border."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from thenar.compile.graph import Node, Tensor

SLACK = 16
"""Elements after an image that may be read: vectors may reach past its last pixel."""


@dataclass(frozen=True)
class Image:
    """height x width pixels of `channels` bytes or float32, and the width of the border on each side in pixels.

    `offset` is what was added to the tensor's values where they are stored: 128 to int8 where images hold unsigned
    bytes, -128 to uint8 where they hold signed ones, else 0.
    """

    height: int
    width: int
    channels: int
    top: int = 0
    left: int = 0
    bottom: int = 0
    right: int = 0
    offset: int = 0

    @classmethod
    def of(cls, tensor: Tensor, border: tuple[int, int, int, int] = (0, 0, 0, 0), *, signed: bool = False) -> Image:
        """The image of a tensor (1, channels, height, width) with a border (top, left, bottom, right)."""
        _, channels, height, width = tensor.shape
        offset = {("int8", False): 128, ("uint8", True): -128}.get((tensor.dtype.name, signed), 0)
        return cls(height, width, channels, *border, offset)

    @classmethod
    def at(cls, node: Node, key: str) -> Image:
        """The image that a node's attribute describes."""
        values = node.attributes[key]
        assert isinstance(values, tuple), "the layout pass writes tuples"
        return cls(*(int(value) for value in values))

    def attribute(self) -> tuple[int, ...]:
        """As a node's attribute."""
        return astuple(self)

    def field(self) -> tuple[int, ...]:
        """As a C initializer of thenar_image."""
        return astuple(self)[:-1]

    @property
    def size(self) -> int:
        """Elements with the border and the slack after it."""
        rows, columns = self.top + self.height + self.bottom, self.left + self.width + self.right
        return rows * columns * self.channels + SLACK
