"""Tests of what a car remembers."""
