"""A name that lasts: one odd frame neither begins nor ends a sign."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SteadyConfig:
    """Seconds that a new name must last before it counts, and seconds without it before it ends."""

    begin_s: float = 0.1
    end_s: float = 0.15


class Steady:
    """Names frame by frame in, the name that has lasted out; "" is no name. Times in seconds, any rate."""

    def __init__(self, config: SteadyConfig | None = None) -> None:
        self.config = config or SteadyConfig()
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._name = ""
        self._rival = ""
        self._since_s = 0.0

    def __call__(self, name: str, time_s: float) -> str:
        """The name that holds at `time_s`, after `name` was seen in its frame. Time that runs back starts anew."""
        if name == self._name:
            self._rival = name
            return self._name
        if name != self._rival or time_s < self._since_s:
            self._rival, self._since_s = name, time_s
        lasted = time_s - self._since_s
        if lasted >= (self.config.begin_s if name else self.config.end_s):
            self._name = name
        return self._name
