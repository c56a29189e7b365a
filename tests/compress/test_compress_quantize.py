import copy
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
import toy_task

from thenar.compress import quantize
from thenar.compress.batches import source
from thenar.compress.fake_quant import RoundActivation, RoundWeight, rounding
from thenar.compress.fit import fit
from thenar.compress.quantize import (
    evaluate,
    float_nodes,
    layer_costs,
    outputs,
    post_training,
    rounded_training,
    within,
)
from thenar.compress.reference import Reference
from thenar.compress.task import Batch
from thenar.compress.trace import export, judge, predict
from thenar.grid import LARGE
from thenar.train.config import Machine, Schedule

pytestmark = pytest.mark.train
QUIET = Machine(workers=0, progress=False)
TASK = toy_task.task()
IMAGES = TASK.validation[0]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> torch.nn.Module:
    batches = source(Reference("toy_task:task"), 32, 0)
    schedule = Schedule(40, warmup=5, ema_half_life=5)
    return fit(toy_task.network(16), TASK, batches, schedule, tmp_path_factory.mktemp("run"), run=QUIET).network


def test_weights_are_rounded_to_127_steps_a_channel_and_pass_gradients() -> None:
    weight = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()
    rounded = RoundWeight(0)(weight)
    scale = weight.detach().abs().amax((1, 2, 3), keepdim=True) / 127
    steps = rounded / scale
    torch.testing.assert_close(steps, steps.round(), atol=1e-4, rtol=0)
    assert (rounded - weight).abs().le(scale / 2 + 1e-7).all()
    rounded.sum().backward()
    assert torch.equal(weight.grad, torch.ones_like(weight))


def test_a_batch_norm_that_scales_a_channel_does_not_change_its_rounding() -> None:
    weight = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(1))
    factor = torch.tensor([0.1, 3.0, -2.0, 1.0])[:, None, None, None]
    torch.testing.assert_close(RoundWeight(0)(weight * factor), RoundWeight(0)(weight) * factor)


def test_activations_are_rounded_to_255_steps_with_an_exact_zero() -> None:
    rounder = RoundActivation().train()
    x = torch.linspace(-1, 3, 1001)
    rounded = rounder(x)
    assert (rounded - x).abs().max() <= 4 / 255 / 2 + 1e-6 + 4 / 255  # one step at an end: zero is kept exact
    assert float(rounder.eval()(torch.zeros(1))) == 0
    assert len(rounded.unique()) <= 256
    assert float(rounder(torch.tensor([99.0]))) == pytest.approx(3, abs=0.02)


def test_weights_of_four_bits_can_be_trained_inside_the_rounding_of_int8() -> None:
    network = toy_task.network(16)
    batches, schedule = source(Reference("toy_task:task"), 32, 0), Schedule(3)

    def train(rounded: torch.nn.Module) -> torch.nn.Module:
        with TemporaryDirectory() as folder:
            return fit(rounded, TASK, batches, schedule, Path(folder), weight_bits=4, run=QUIET).network

    found = rounded_training(network, train)
    levels = [len(weight[0].unique()) for weight in found.parameters() if weight.numel() >= LARGE]
    assert levels and max(levels) <= 15


def test_rounding_leaves_the_network_as_it_was(trained) -> None:
    before = copy.deepcopy(trained.state_dict())
    exact = predict(trained, IMAGES)[0]
    with rounding(trained):
        rounded = predict(trained, IMAGES)[0]
    assert 0 < np.abs(rounded - exact).max() < 0.5
    assert trained.state_dict().keys() == before.keys()
    assert all(torch.equal(tensor, before[name]) for name, tensor in trained.state_dict().items())


@pytest.mark.native
@pytest.mark.runtime
def test_the_int8_model_answers_alike_in_every_runtime(trained) -> None:
    model = post_training(trained, TASK, samples=64)
    exact = predict(trained, IMAGES)[0]
    for runtime in ("openvino", "onnxruntime", "native"):
        found = outputs(model, IMAGES, runtime)[0]
        assert np.abs(found - exact).max() < 0.1 * np.abs(exact).max(), runtime


def test_costly_layers_stay_float_where_rounding_costs_too_much(trained) -> None:
    spoilt = copy.deepcopy(trained)
    with torch.no_grad():  # one input channel of the second convolution dwarfs the others, which int8 then can't tell
        spoilt.features[1].weight[0] *= 3000
        spoilt.features[3].weight[:, 0] /= 3000
    examples = Batch.of(TASK.validation)
    reference = judge(TASK, predict(spoilt, examples.inputs), examples)
    assert layer_costs(spoilt, TASK)[0][0] == "features.3"
    found = within(spoilt, TASK, reference, 0.02)
    assert found.float_layers == ("features.3",) and found.lost <= 0.02
    assert evaluate(post_training(spoilt, TASK), TASK) < reference * 0.9


def test_training_with_rounding_comes_after_post_training(trained, tmp_path: Path, monkeypatch) -> None:
    calls = []

    def train(network):
        calls.append(network)
        schedule = Schedule(5, learning_rate=1e-4, warmup=1, ema_half_life=2)
        return fit(network, TASK, source(Reference("toy_task:task"), 32, 0), schedule, tmp_path, run=QUIET).network

    reference = evaluate(post_training(trained, TASK), TASK)
    assert within(trained, TASK, reference, 0.0, train).method == "post-training" and not calls
    monkeypatch.setattr(quantize, "SLACK", -1.0)
    found = within(trained, TASK, reference + 1, -1.0, train)
    assert len(calls) == 1 and found.network.state_dict().keys() == trained.state_dict().keys()


def test_what_the_float_network_lost_is_not_asked_of_int8(trained) -> None:
    assert within(trained, TASK, 100.0, 0.0).float_layers == ()


def test_layers_are_found_in_the_onnx_by_their_weights(trained) -> None:
    names = float_nodes(export(trained, IMAGES[:1]), ["features.3"])
    assert any("features.3" in name for name in names) and not any("features.0" in name for name in names)
