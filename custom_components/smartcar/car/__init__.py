"""What is known of a car: pure, no clock, no Home Assistant."""
