"""An image as the kernels hold it: rows, columns and channels, with a border."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from thenar.compile.graph import Node, Tensor

SLACK = 16
"""Elements after an image that may be read: vectors may reach past its last pixel."""


@dataclass(frozen=True)
class Image:
    """height x width pixels of `channels` bytes or float32, and the width of the border on each side in pixels.

    `offset` is 128 where the tensor is int8, whose values are stored with 128 added; else 0.
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
    def of(cls, tensor: Tensor, border: tuple[int, int, int, int] = (0, 0, 0, 0)) -> Image:
        """The image of a tensor (1, channels, height, width) with a border (top, left, bottom, right)."""
        _, channels, height, width = tensor.shape
        return cls(height, width, channels, *border, 128 if tensor.dtype.name == "int8" else 0)

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
