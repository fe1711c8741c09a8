"""`python -m evdsl` is `evdsl`."""

import sys

from evdsl.cli.main import main

sys.exit(main())
