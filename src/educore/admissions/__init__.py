"""How people become students: leads and contracts."""
