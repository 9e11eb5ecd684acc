"""Every operation as ONNX, run by onnxruntime, gives what PyTorch gives."""

import numpy as np
import onnx
import onnxruntime
import pytest
from operation_kinds import EVERY, random_input, random_module

from vae_explorer.export.onnx_graph import Graph
from vae_explorer.models.operations.description import output_shape


@pytest.mark.parametrize("name", EVERY)
def test_onnx_computes_as_pytorch(name):
    operations, shape = EVERY[name]
    module, inputs = random_module(operations), random_input(shape, 5)
    graph = Graph(module.state_dict(prefix="net."))
    graph.input("v", *shape)
    out = graph.operations(operations, "net", "v", shape)
    graph.output(graph.add("Identity", [out]), *output_shape(operations, shape))
    content = graph.model("net", {"of": name})
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    session = onnxruntime.InferenceSession(content)
    for count in (1, 5):
        (found,) = session.run(None, {"v": inputs[:count].numpy()})
        expected = module(inputs[:count]).numpy()
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5)
