"""Close looks at the integration that anyone can repeat."""
