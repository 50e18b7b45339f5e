"""TensorFlow's messages, as far as Seldon's refer to them."""
