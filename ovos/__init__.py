"""The `ovos` command: puts the rooms together. Imported by none of them."""

import os

# One sentence is too little work to share between threads, and threads that wait for each other burn the other core.
# Read by NumPy's library when it is loaded, so it is set before anything that loads it.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
