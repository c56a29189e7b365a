"""What a run shows while it goes on."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from tqdm import tqdm

from thenar.train.config import Machine
from thenar.train.log import Log
from thenar.train.loss import Loss


class Progress(contextlib.AbstractContextManager["Progress"]):
    """The bar with images per second and time left, and the log's lines: of `steps` steps in all."""

    def __init__(self, steps: int, run: Machine, log: Log) -> None:
        self._log, self._every = log, run.log_every
        self._steps, self._shown = steps, not run.progress
        self._bar: Any = None
        self._since, self._images, self._waited = time.perf_counter(), 0, 0.0
        self._note = ""

    def after(self, step: int, images: int, loss: Loss, rate: float, norm: float, waited: float) -> None:
        """After a step: how many images it took, its loss, learning rate and gradient, seconds waited for its batch."""
        if self._bar is None:
            total, done = self._steps * images, (step - 1) * images
            self._bar = tqdm(total=total, initial=done, unit="img", unit_scale=True, disable=self._shown, mininterval=1)
        self._bar.update(images)
        self._images += images
        self._waited += waited
        if step % self._every and step != self._steps:
            return
        spent = time.perf_counter() - self._since
        values = {name: getattr(loss, name).item() for name in ("total", "dense", "joints", "presence")}
        speed = {"images_per_s": self._images / spent, "waited_share": self._waited / spent}
        self._log.write(step=step, **values, rate=rate, gradient_norm=norm, **speed)
        self._bar.set_postfix_str(f"loss {values['total']:.3f}{self._note}")
        self._since, self._images, self._waited = time.perf_counter(), 0, 0.0

    def show(self, metrics: dict[str, dict[str, float]]) -> None:
        """Held-out metrics, by set, from now on beside the loss."""
        self._note = "".join(f", {name} {m['mean_joint_error_mm']:.1f} mm" for name, m in metrics.items())
        self._since = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
