"""Tests of the blueprints, run in a home with a simulated car."""
