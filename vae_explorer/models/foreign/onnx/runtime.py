"""onnxruntime, which must not report to anybody.

Its packages for Linux and macOS send what they are used for to its maker, and keep an identifier in
the user's folder, unless they are told not to before they are imported.
"""

import os
from typing import Any

SILENT = ("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED")  # names of different versions


def session_of(model: bytes) -> Any:
    """An `onnxruntime.InferenceSession` of a graph, on the CPU and one thread."""
    for name in SILENT:
        os.environ[name] = "1"
    import onnxruntime  # slow to import, and silent only from here on

    onnxruntime.disable_telemetry_events()  # of one that somebody has imported before
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # memory goes back after each run
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"], enable_fallback=0)
