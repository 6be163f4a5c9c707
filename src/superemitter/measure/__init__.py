"""The science: pure functions on arrays, from radiance to attributed rates."""
