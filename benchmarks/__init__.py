"""Measuring this platform beside a Django REST framework app and hand-written SQL, over the same rows."""
