from __future__ import annotations

import numpy as np
import pytest

from thenar.data.mesh import load
from thenar.serve.hand_mesh import FOREARM_MM, HEADER, cut, hand_binary


def arrays():
    """What the page makes of the binary."""
    data = hand_binary()
    magic, version, vertices, triangles = HEADER.unpack_from(data)
    assert (magic, version) == (b"THNM", 1)
    at, found = HEADER.size, {}
    for name, kind, shape in (
        ("joints", "<f4", (21, 3)),
        ("flex", "<f4", (21, 3)),
        ("template", "<f4", (vertices, 3)),
        ("bones", "u1", (vertices, 4)),
        ("weights", "u1", (vertices, 4)),
        ("faces", "<u2", (triangles, 3)),
    ):
        count = int(np.prod(shape))
        found[name] = np.frombuffer(data, kind, count, at).reshape(shape)
        at += found[name].nbytes
    assert at == len(data)
    return found


def test_the_page_gets_the_model_of_the_training_data():
    found, model = arrays(), load()
    assert np.array_equal(found["joints"], model.joints) and np.array_equal(found["flex"], model.axes[:, 0])
    inside = model.template[(model.template[:, 1] < FOREARM_MM - 20)]
    assert np.isin(inside.round(3), found["template"].round(3)).all()
    assert found["template"][:, 1].max() < FOREARM_MM + 10 and len(hand_binary()) < 80_000


def test_weights_are_whole_and_name_transforms_that_there_are():
    found = arrays()
    assert (found["weights"].astype(int).sum(axis=1) == 255).all()
    assert found["bones"].max() < 43


def test_the_surface_is_closed_and_faces_outward():
    template, _, _, faces = cut(load())
    edges = {(int(a), int(b)) for face in faces for a, b in zip(face, np.roll(face, -1), strict=True)}
    assert len(edges) == 3 * len(faces) and all((b, a) in edges for a, b in edges)
    a, b, c = (template[faces[:, k]].astype(float) for k in range(3))
    volume_ml = np.einsum("ij,ij->", a, np.cross(b, c)) / 6e3
    assert volume_ml == pytest.approx(400, abs=150)
