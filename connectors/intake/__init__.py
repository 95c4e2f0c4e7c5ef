"""The one way in: a message is stored, screened, answered by the brain or truthfully by intake itself."""
