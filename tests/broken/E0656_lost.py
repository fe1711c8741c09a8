"""Each process that takes the task ends at once."""

import os

from evdsl.workers.hired import hired

if __name__ == "__main__":
    with hired(jobs=2) as workers:
        list(workers.map(os._exit, [1]))
