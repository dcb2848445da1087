"""A simulated Smartcar v3 cloud with a household of living cars.

Written from Smartcar's published documentation only. It serves tests, a demo and
people without a car; it never talks to anything but the local machine.
"""
