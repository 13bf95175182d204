"""Who changed marks, money and roles: entries chained by hashes, so that none can be altered or left out unseen."""
