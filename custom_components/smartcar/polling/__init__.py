"""When a car is read, and what it costs: pure, the clock is passed in."""
