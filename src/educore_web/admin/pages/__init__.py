"""The pages of the admin: functions of a frame and a request. `site.py` lists their addresses."""
