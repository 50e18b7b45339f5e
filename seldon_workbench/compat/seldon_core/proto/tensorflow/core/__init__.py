"""Nothing but a level of TensorFlow's names."""
