"""The files of TensorFlow's tensors."""
