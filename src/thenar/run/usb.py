"""Depth cameras on the USB bus, told by their ids, without any camera's library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

USB_DEVICES = Path("/sys/bus/usb/devices")


@dataclass(frozen=True)
class Camera:
    """A depth camera that is plugged in. usb: "vendor:product" in hexadecimal."""

    kind: str
    name: str
    usb: str


# Vendor, first hexadecimal digits of the product, what it is. From linux-usb.org's usb.ids and the makers' udev rules.
_KNOWN = (
    ("8086", "0a", "Intel RealSense"),
    ("8086", "0b", "Intel RealSense"),
    ("03e7", "", "Luxonis OAK"),
    ("2bc5", "", "Orbbec"),
    ("045e", "097", "Azure Kinect"),
    ("045e", "02d", "Kinect v2"),
    ("045e", "02c", "Kinect v2"),
    ("045e", "02a", "Kinect v1"),
)


def find_cameras(devices: Path = USB_DEVICES) -> tuple[Camera, ...]:
    """The known depth cameras under `devices`, in the order of their names; none where there is no such folder."""
    found = []
    for folder in sorted(devices.iterdir()) if devices.is_dir() else ():
        vendor, product = _read(folder / "idVendor"), _read(folder / "idProduct")
        kind = _kind(vendor, product)
        if kind is not None:
            found.append(Camera(kind, _read(folder / "product") or kind, f"{vendor}:{product}"))
    return tuple(found)


def _kind(vendor: str, product: str) -> str | None:
    for known_vendor, prefix, kind in _KNOWN:
        if vendor == known_vendor and product.startswith(prefix):
            return kind
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
