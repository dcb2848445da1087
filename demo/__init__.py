"""A Home Assistant with three simulated cars, to look at and to check with."""
