"""The sections of the EduMaster document, one module each."""
