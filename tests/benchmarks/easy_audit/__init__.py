"""The peer of G5: Django's admin over django-easy-audit's LoginEvent, a site of its own in a process of its own."""
