"""The webhook of one entry: its address, its deliveries, its subscriptions."""
