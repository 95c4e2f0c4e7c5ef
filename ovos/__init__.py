"""The `ovos` command: puts the rooms together. Imported by none of them."""
