"""The same operations as a Django developer would write them, with Django REST framework."""
