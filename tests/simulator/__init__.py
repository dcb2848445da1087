"""Tests of the simulated cloud's own truth."""
