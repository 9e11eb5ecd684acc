"""Models as ONNX files: the door, parts, plain operations of graphs, and a runtime for the rest."""
