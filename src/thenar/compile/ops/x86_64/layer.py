"""A convolution as the channels-last kernels see it: a padded image, windows of contiguous runs, strided outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from thenar.compile.graph import Array
from thenar.compile.ops.window import Window
from thenar.compile.ops.x86_64.packing import LANES, Tile, choose_tile
from thenar.compile.program import Field

Image = tuple[int, int, int]
"""Rows, columns, channels."""


@dataclass(frozen=True)
class Padding:
    """Rows and columns of padding around an image."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Layer:
    """A dense convolution of a padded image: its window, and where its outputs go."""

    image: Image
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    out: tuple[int, int]
    y_start: int
    y_row: int
    y_column: int
    y_channel: int = 1
    x_start: int = 0

    @property
    def runs(self) -> tuple[int, int]:
        """Kernel rows and columns that lie apart in memory: with dilation 1 a whole row is one run."""
        return self.kernel[0], 1 if self.dilation[1] == 1 else self.kernel[1]


def plain(view: Window, image: Image, out: tuple[int, int], y: tuple[int, int, int]) -> Layer:
    """The layer of an ordinary convolution; `y` are the steps between rows, columns and channels of the output."""
    row, column, channel = y
    return Layer(image, pair(view.kernel), pair(view.stride), pair(view.dilation), out, 0, row, column, channel)


def geometry(layer: Layer, channels: int) -> tuple[Tile, dict[str, Field]]:
    """The tile for a layer, and the fields that both kernels' structs share."""
    line = layer.image[1] * layer.image[2]
    rows, columns = layer.out
    x_row, x_column = layer.stride[0] * line, layer.stride[1] * layer.image[2]
    if x_row == columns * x_column and layer.y_row == columns * layer.y_column:  # rows follow each other
        rows, columns = 1, rows * columns
    fields: dict[str, Field] = {"rows": rows, "columns": columns, "channels": channels}
    fields |= {"x_start": layer.x_start, "x_row": x_row, "x_column": x_column}
    fields |= {"kernel_rows": layer.runs[0], "kernel_columns": layer.runs[1]}
    fields |= {"x_kernel_row": layer.dilation[0] * line, "x_kernel_column": layer.dilation[1] * layer.image[2]}
    fields |= {"y_start": layer.y_start, "y_row": layer.y_row, "y_column": layer.y_column, "y_channel": layer.y_channel}
    channels_first = layer.y_channel != 1  # one block of many pixels, whose channels are then written line by line
    return Tile(min(columns, LANES), 1) if channels_first else choose_tile(columns, channels), fields


@dataclass(frozen=True)
class Phase:
    """Along one axis, the `count` outputs start, start + stride, ...: they sum every stride-th tap from `first` on.

    `before` and `after` are the padding that they need.
    """

    start: int
    first: int
    count: int
    before: int
    after: int


def _axis_phases(view: Window, axis: int, size: int) -> list[Phase]:
    """Output start + stride t sums taps first + stride j of inputs t + shift - j."""
    stride, kernel, pad, given = view.stride[axis], view.kernel[axis], view.pad[axis], view.size[axis]
    phases = []
    for start in range(min(stride, size)):
        first = (start + pad) % stride
        taps, count = -(-(kernel - first) // stride), -(-(size - start) // stride)
        before = taps - 1 - (start + pad - first) // stride
        phases.append(Phase(start, first, count, before, count - 1 + taps - before - given))
    return phases


@dataclass(frozen=True, eq=False)
class Transposed:
    """A transposed convolution of stride s as s x s plain ones, each of which writes every s-th row and column."""

    view: Window
    out: tuple[int, int]
    vertical: tuple[Phase, ...]
    horizontal: tuple[Phase, ...]

    @property
    def padding(self) -> Padding:
        """What all phases need around the image."""
        return Padding(
            max(0, *(phase.before for phase in self.vertical)),
            max(0, *(phase.before for phase in self.horizontal)),
            max(0, *(phase.after for phase in self.vertical)),
            max(0, *(phase.after for phase in self.horizontal)),
        )

    def layers(self, image: Image, w: Array) -> Iterator[tuple[Layer, Array]]:
        """Each phase's layer on the padded `image`, and its part of the (in, out, rows, columns) weights."""
        columns, channels, pad = self.out[1], w.shape[1], self.padding
        (down, right), flipped = pair(self.view.stride), w.transpose(1, 0, 2, 3)
        for v in self.vertical:
            for h in self.horizontal:
                part = flipped[:, :, v.first :: down, h.first :: right][:, :, ::-1, ::-1]
                start = (pad.top - v.before) * image[1] * image[2] + (pad.left - h.before) * image[2]
                layer = Layer(
                    image,
                    kernel=pair(part.shape[2:]),
                    stride=(1, 1),
                    dilation=(1, 1),
                    out=(v.count, h.count),
                    y_start=(v.start * columns + h.start) * channels,
                    y_row=down * columns * channels,
                    y_column=right * channels,
                    x_start=start,
                )
                yield layer, part


def transposed(view: Window, out: tuple[int, int]) -> Transposed:
    """The phases of a transposed convolution with an output of `out` rows and columns."""
    return Transposed(view, out, tuple(_axis_phases(view, 0, out[0])), tuple(_axis_phases(view, 1, out[1])))


def pair(values: Sequence[int]) -> tuple[int, int]:
    """Two values, rows and columns."""
    first, second = values
    return first, second


def around(view: Window) -> Padding:
    """The padding of an ordinary convolution."""
    return Padding(view.pad[0], view.pad[1], view.pad_end[0], view.pad_end[1])
