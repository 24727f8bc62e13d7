"""What TensorFlow and JAX do differently: variables on the host, carried state, devices."""
