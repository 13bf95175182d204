"""The kernel: entities, conditions, policies, shapes and the unit of work. It knows nothing of education."""
