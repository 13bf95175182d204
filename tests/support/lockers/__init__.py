"""The package of an adopter: an entity of their own, its screen in the admin, and an API with a list and a form.

It imports only public names, and nothing in educore or educore_web knows it.
"""
